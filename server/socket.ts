/** A connection of the listener: it ends at once for who uses it, and says when its descriptor is really free. */

/** A TCP or TLS connection that was accepted. */
export type Accepted = Deno.TcpConn | Deno.TlsConn;

type Fail = (error: Error) => void;

/**
 * With TLS, Deno keeps a socket that was closed until the handshake is over and what was written has been taken, which a
 * silent peer decides. So here a connection is closed in two steps: reads and writes fail at once, and the socket is
 * closed when that frees it.
 */
export class Socket {
  readonly remote: Deno.NetAddr;
  readonly #connection: Accepted;
  readonly #onGone: () => void;
  #isClosed = false;
  #failHandshake: Fail | undefined;
  #failRead: Fail | undefined;
  #failWrite: Fail | undefined;

  /** @param onGone called once, when the descriptor is free again */
  constructor(connection: Accepted, onGone: () => void) {
    this.remote = connection.remoteAddr as Deno.NetAddr;
    this.#connection = connection;
    this.#onGone = onGone;
    // Small answers must not wait for acknowledgements. With TLS Deno has no such call.
    if ("setNoDelay" in connection) connection.setNoDelay(true);
  }

  /** Finishes the TLS handshake, if there is one; resolves to the protocol that both sides chose. */
  handshake(): Promise<{ alpnProtocol: string | null } | undefined> {
    if (!("handshake" in this.#connection)) return Promise.resolve(undefined);
    return this.#open(this.#connection.handshake(), (fail) => this.#failHandshake = fail);
  }

  read(target: Uint8Array): Promise<number | null> {
    return this.#open(this.#connection.read(target), (fail) => this.#failRead = fail);
  }

  write(source: Uint8Array): Promise<number> {
    return this.#open(this.#connection.write(source), (fail) => this.#failWrite = fail);
  }

  closeWrite(): Promise<void> {
    return this.#open(this.#connection.closeWrite(), (fail) => this.#failWrite = fail);
  }

  /** Ends it: what waits for the peer fails. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const fail of [this.#failHandshake, this.#failRead, this.#failWrite]) fail?.(closed());
    void this.#free();
  }

  /** What the system does for us, but not longer than until `close`. */
  #open<T>(work: Promise<T>, onFail: (fail: Fail) => void): Promise<T> {
    if (this.#isClosed) {
      work.catch(() => {});
      return Promise.reject(closed());
    }
    // Not a race with one promise that lives as long as the connection: each would be remembered by it.
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    onFail(reject);
    work.then(resolve, reject);
    return promise;
  }

  async #free(): Promise<void> {
    const connection = this.#connection;
    try {
      if (!("handshake" in connection)) return;
      await connection.handshake();
      await connection.closeWrite();
    } catch {
      // It broke: that frees it, too.
    } finally {
      connection.close();
      this.#onGone();
    }
  }
}

function closed(): Error {
  return new Deno.errors.Interrupted("the connection was closed");
}
