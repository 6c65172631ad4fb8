/** The listener: accepts connections for as long as it lives, whatever one of them does. */
import { ALPN } from "../protocol/limits.ts";
import type { Admission, Ticket } from "./admission.ts";
import type { Identity } from "./identity.ts";
import type { Log } from "./log.ts";
import { formatAddress, sourceOf } from "./source.ts";

/** After a failed accept, such as one without file descriptors left. */
const ACCEPT_PAUSE_MS = 100;

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

  close(): void {
    this.#isClosed = true;
    this.#listener.close();
  }

  async #admit(connection: Deno.TcpConn | Deno.TlsConn): Promise<void> {
    const { admission, log, serve } = this.#options;
    const remote = connection.remoteAddr as Deno.NetAddr;
    const address = formatAddress(remote);
    const ticket = admission.admit(remote.hostname);
    if ("refused" in ticket) {
      log.stranger(sourceOf(remote.hostname), "refused", { address, reason: ticket.refused });
      return connection.close();
    }
    const failure = await this.#handshake(connection);
    if (failure === undefined) return await serve({ connection, ticket, address });
    log.stranger(ticket.source, "handshake failed", { address, reason: failure });
    ticket.release();
    connection.close();
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
