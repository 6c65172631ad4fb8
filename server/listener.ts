/** The listener: accepts connections for as long as it lives, whatever one of them does. */
import { delay } from "@std/async/delay";
import { HANDSHAKE_TIMEOUT_MS } from "../protocol/limits.ts";
import type { StatusError } from "../protocol/status.ts";
import type { Admission, Refusal, Ticket } from "./sessions/admission.ts";
import type { Identity } from "./identity.ts";
import type { Log } from "./log/log.ts";
import { Notices } from "./notices.ts";
import { Socket } from "./socket.ts";
import { formatAddress, sourceOf } from "./sessions/source.ts";

/** After a failed accept. */
const ACCEPT_PAUSE_MS = 100;
/** For the handshake and the hello of a client that hears why it is not let in. */
const TURN_AWAY_MS = 3_000;

/** A connection that was let in and, with TLS, has shaken hands. */
export interface Arrival {
  readonly connection: Socket;
  readonly ticket: Ticket;
  /** The peer's address and port. */
  readonly address: string;
}

/** A door as a listener sees it. */
export interface ListenerDoor {
  /** The names of its protocol in TLS (ALPN), one of which the client has to choose. */
  readonly alpn: readonly string[];
  /** Serves one connection to its end; must not throw. */
  serve(arrival: Arrival): Promise<void>;
  /** Tells a client why it is not let in; `undefined` where nothing may be said to strangers. */
  readonly turnAway: ((connection: Socket, failure: StatusError) => Promise<void>) | undefined;
}

/** Where a listener listens, and its limits. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** `undefined` without TLS. */
  readonly identity: Pick<Identity, "cert" | "key"> | undefined;
  /** Sockets that may be open at once, also of connections that are over and do not go away. */
  readonly sockets: number;
  readonly admission: Admission;
  readonly log: Log;
}

/** Listens on one address. */
export class Listener {
  readonly address: Deno.NetAddr;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #door: ListenerDoor;
  readonly #options: ListenerOptions;
  readonly #notices = new Notices(() => performance.now());
  #isClosed = false;
  #sockets = 0;
  #roomAgain: PromiseWithResolvers<void> | undefined;

  /** @throws the error of the operating system when the address cannot be had */
  constructor(door: ListenerDoor, options: ListenerOptions) {
    const { host: hostname, port, identity } = options;
    this.#door = door;
    this.#options = options;
    this.#listener = identity
      ? Deno.listenTls({ hostname, port, cert: identity.cert, key: identity.key, alpnProtocols: [...door.alpn] })
      : Deno.listen({ hostname, port });
    this.address = this.#listener.addr as Deno.NetAddr;
  }

  /** Accepts until `close`. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#room();
        const connection = await this.#listener.accept();
        this.#sockets++;
        const socket = new Socket(connection, () => this.#gone());
        // Each connection is on its own from here.
        void this.#admit(socket);
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.log.warn("accept failed", { cause: messageOf(error) });
        await delay(ACCEPT_PAUSE_MS);
      }
    }
  }

  /** Waits while there are as many sockets as there are descriptors for: files need the rest. */
  async #room(): Promise<void> {
    while (this.#sockets >= this.#options.sockets) {
      this.#options.log.stranger("all", "not accepting", {
        reason: "all connections are in use, or do not go away",
        sockets: this.#sockets,
      });
      this.#roomAgain = Promise.withResolvers<void>();
      await this.#roomAgain.promise;
    }
  }

  #gone(): void {
    this.#sockets--;
    this.#roomAgain?.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#listener.close();
  }

  async #admit(socket: Socket): Promise<void> {
    const { admission, log } = this.#options;
    const { hostname } = socket.remote;
    const address = formatAddress(socket.remote);
    const ticket = admission.admit(hostname);
    if ("refused" in ticket) return await this.#refuse(socket, { ...ticket.refused, source: sourceOf(hostname) });
    let failure: string | undefined;
    ticket.onGivenUp(() => {
      failure = "made room for others";
      socket.close();
    });
    failure = await this.#handshake(socket).catch((error) => failure ?? messageOf(error));
    if (failure === undefined) return await this.#door.serve({ connection: socket, ticket, address });
    log.stranger(ticket.source, "handshake failed", { address, reason: failure });
    ticket.release();
    socket.close();
  }

  /** Closes a connection that is not let in; a few of them hear why. */
  async #refuse(socket: Socket, { source, reason, reply }: Refusal & { source: string }): Promise<void> {
    const { turnAway } = this.#door;
    this.#options.log.stranger(source, "refused", { address: formatAddress(socket.remote), reason });
    const notice = turnAway && this.#notices.take(source);
    if (!notice) return socket.close();
    let isDeaf = false;
    const timer = setTimeout(() => {
      isDeaf = true;
      socket.close();
    }, TURN_AWAY_MS);
    try {
      if (await this.#handshake(socket) === undefined) await turnAway(socket, reply);
    } catch {
      // It did not want to know.
    } finally {
      clearTimeout(timer);
      notice.end({ isDeaf });
      socket.close();
    }
  }

  /** Finishes the TLS handshake in time and checks that the protocol of the door is meant; returns what is wrong with it. */
  async #handshake(socket: Socket): Promise<string | undefined> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      socket.close();
    }, HANDSHAKE_TIMEOUT_MS);
    try {
      const handshake = await socket.handshake();
      const isOurs = !handshake || this.#door.alpn.includes(handshake.alpnProtocol ?? "");
      return isOurs ? undefined : "the client does not ask for our protocol (ALPN)";
    } catch (error) {
      if (isLate) return "handshake took too long";
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
