/** The listener: accepts connections for as long as it lives, whatever one of them does. */
import { ALPN } from "../protocol/limits.ts";
import type { Admission, Ticket } from "./admission.ts";
import type { Identity } from "./identity.ts";
import type { Log } from "./log.ts";
import { formatAddress, sourceOf } from "./source.ts";

/** After a failed accept, such as one without file descriptors left. */
const ACCEPT_PAUSE_MS = 100;
/** Refused connections that have not gone yet. */
const LINGERING_LIMIT = 4_096;

/** A connection that was let in and, with TLS, has shaken hands. */
export interface Accepted {
  readonly connection: Deno.TcpConn | Deno.TlsConn;
  readonly ticket: Ticket;
  readonly address: string;
}

/** What a listener needs. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity | undefined;
  readonly handshakeMs: number;
  readonly admission: Admission;
  readonly log: Log;
  /** Serves one connection to its end; must not throw. */
  serve(accepted: Accepted): Promise<void>;
}

/** Listens on one address. */
export class Listener {
  readonly address: Deno.NetAddr;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #options: ListenerOptions;
  #isClosed = false;
  #lingering = 0;
  #roomAgain: PromiseWithResolvers<void> | undefined;

  /** @throws the error of the operating system when the address cannot be had */
  constructor(options: ListenerOptions) {
    const { host: hostname, port, identity } = options;
    this.#options = options;
    this.#listener = identity
      ? Deno.listenTls({ hostname, port, cert: identity.cert, key: identity.key, alpnProtocols: [ALPN] })
      : Deno.listen({ hostname, port });
    this.address = this.#listener.addr as Deno.NetAddr;
  }

  /** Accepts until `close`. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#room();
        const connection = await this.#listener.accept();
        // Each connection is on its own from here.
        void this.#admit(connection);
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.log.warn("accept failed", { cause: error instanceof Error ? error.message : String(error) });
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  /** Waits while too many refused connections linger. */
  async #room(): Promise<void> {
    while (this.#lingering >= LINGERING_LIMIT) {
      this.#options.log.stranger("all", "not accepting", { reason: "too many refused connections do not go away" });
      this.#roomAgain = Promise.withResolvers<void>();
      await this.#roomAgain.promise;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#listener.close();
  }

  async #admit(connection: Deno.TcpConn | Deno.TlsConn): Promise<void> {
    const { admission, log, serve } = this.#options;
    const remote = connection.remoteAddr as Deno.NetAddr;
    const address = formatAddress(remote);
    // Small answers must not wait for acknowledgements. With TLS Deno has no such call.
    if ("setNoDelay" in connection) connection.setNoDelay(true);
    const ticket = admission.admit(remote.hostname);
    if ("refused" in ticket) {
      log.stranger(sourceOf(remote.hostname), "refused", { address, reason: ticket.refused });
      return this.#letGo(connection);
    }
    const failure = await this.#handshake(connection);
    if (failure === undefined) return await serve({ connection, ticket, address });
    log.stranger(ticket.source, "handshake failed", { address, reason: failure });
    ticket.release();
    this.#letGo(connection);
  }

  /**
   * Closes a connection that is not served. Deno keeps the socket of a TLS connection until its handshake is over, which
   * a silent client never ends: so many of them are borne, and then nobody else is accepted until some have gone.
   */
  #letGo(connection: Deno.TcpConn | Deno.TlsConn): void {
    const handshake = "handshake" in connection ? connection.handshake() : Promise.resolve();
    this.#lingering++;
    handshake.catch(() => {}).finally(() => {
      this.#lingering--;
      this.#roomAgain?.resolve();
      connection.close();
    });
  }

  /** Finishes the TLS handshake in time and checks that our protocol is meant; returns what went wrong. */
  async #handshake(connection: Deno.TcpConn | Deno.TlsConn): Promise<string | undefined> {
    if (!("handshake" in connection)) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("handshake took too long"), this.#options.handshakeMs);
    });
    try {
      const early = connection.handshake().then(({ alpnProtocol }) =>
        alpnProtocol === ALPN ? undefined : "the client does not ask for our protocol (ALPN)"
      );
      // When it is late, closing the connection fails what is left of the handshake.
      early.catch(() => {});
      return await Promise.race([early, late]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
