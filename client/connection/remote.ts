/** A server after login: requests out, replies in, several at a time on one connection. */
import { deadline } from "@std/async/deadline";
import { type CommandName, COMMANDS, type Reply, type Request } from "../../protocol/message/commands.ts";
import { readFields, type Shape } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { PING_INTERVAL_MS } from "../../protocol/limits.ts";
import { failureOf, READING, readReply, stopFrame, WORKING } from "../../protocol/message/messages.ts";
import { reasonOf } from "../../console/reason.ts";
import { ConnectionError } from "../../console/exit_status.ts";
import { formatCode, StatusError } from "../../protocol/status.ts";
import { Exchange } from "./exchange.ts";
import { ServerClock } from "./server_clock.ts";

/** A server that does not move for so many pings' time is given up. */
const SILENT_PINGS = 3;
/** How long to wait for a server's reason once it takes no more bytes. */
const LAST_WORDS_MS = 2_000;

const NO_BODY = new Uint8Array(0);

/** What a remote is made of. */
export interface RemoteParts {
  readonly channel: FrameChannel;
  readonly connection: { closeWrite(): Promise<void>; close(): void };
  /** `HOST:PORT`. */
  readonly server: string;
  /** The first request id that is free. */
  readonly firstId: number;
  /** Told of each request: how it ended, and when. */
  readonly trace?: ((line: string) => void) | undefined;
  /** How long the server may be asked for something and not move, in ms. */
  readonly silentMs?: number | undefined;
}

/** A logged-in connection. */
export class Remote {
  readonly server: string;
  readonly #parts: RemoteParts;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #reading: Promise<void>;
  #nextId: number;
  #failure: StatusError | undefined;
  readonly #clock: ServerClock;
  #lastPing = performance.now();

  constructor(parts: RemoteParts) {
    this.#parts = parts;
    this.server = parts.server;
    this.#nextId = parts.firstId;
    // That the connection is gone is noticed by its reader.
    parts.channel.onShort = () => {
      this.#clock.readingSent();
      void parts.channel.send(READING).catch(() => {});
    };
    this.#clock = new ServerClock(parts.channel, parts.silentMs ?? SILENT_PINGS * PING_INTERVAL_MS);
    this.#timer = setInterval(() => this.#check(), this.#clock.tickMs);
    // A timer must not keep a finished program alive.
    Deno.unrefTimer(this.#timer as unknown as number);
    this.#reading = this.#readAll();
  }

  /** Why the connection is of no more use; `undefined` while it is. */
  get failure(): StatusError | undefined {
    return this.#failure;
  }

  /** Sends a request whose answer is one reply. @throws {StatusError} the failure that the server tells */
  async call<K extends CommandName>(command: K, request: Request<K>): Promise<Reply<K> & { code: number }> {
    const exchange = await this.open(command, request);
    const { code, header } = await exchange.reply().catch((error) => {
      // Without a reply nobody knows what belongs to what any more.
      if (!exchange.early) this.#fail(error);
      throw error;
    });
    const shape: Shape = COMMANDS[command].reply;
    return { ...readFields(header, shape, "ignore") as Reply<K>, code };
  }

  /** Sends a request whose answer is a transfer. */
  async open<K extends CommandName>(command: K, request: Request<K>, body = NO_BODY): Promise<Exchange> {
    if (this.#failure) throw this.#failure;
    const id = this.#nextId++;
    const started = performance.now();
    const exchange = new Exchange(id, {
      send: (frame, options) => this.#send(frame, options),
      release: (body) => this.#parts.channel.release(body),
      onEnd: (code) => {
        this.#exchanges.delete(id);
        this.#parts.trace?.(`${command}: ${formatCode(code)} in ${(performance.now() - started).toFixed(1)} ms`);
      },
      onEndless: () => this.#fail(new Error("the server does not stop when it is asked to")),
    });
    this.#exchanges.set(id, exchange);
    await this.#send({ header: { ...request, type: "request", id, command }, body });
    return exchange;
  }

  /** Asks the server to stop whatever runs; each exchange then ends with its own reply. */
  async stopAll(): Promise<void> {
    for (const id of this.#exchanges.keys()) await this.#send(stopFrame(id));
  }

  /** Leaves at once, without a word. */
  abort(): void {
    this.#fail(new Error("given up"));
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const isWhole = !this.#failure;
    this.#failure ??= new ConnectionError(`The connection to ${this.server} is closed`);
    // The last words are for politeness: a connection that broke needs none.
    if (!isWhole) return;
    const goodbye = this.#parts.channel.finish().then(() => this.#parts.connection.closeWrite()).catch(() => {});
    // A server that takes nothing is left without one.
    await withinLastWords(goodbye);
    this.#parts.connection.close();
  }

  async #send(frame: Frame, options: { more?: boolean } = {}): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await this.#parts.channel.send(frame, options);
    } catch (error) {
      // The server may have said why it left: the reader knows in a moment, and knows better.
      await withinLastWords(this.#reading);
      this.#fail(error);
      throw this.#failure ?? error;
    }
  }

  async #readAll(): Promise<void> {
    try {
      for (;;) {
        const frame = await this.#parts.channel.receive();
        if (!frame) throw new Error("the server closed it");
        await this.#route(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #route(frame: Frame): Promise<void> {
    const { type, id } = frame.header;
    if (type === "reply" && id === undefined) throw failureOf(readReply(frame.header));
    const exchange = typeof id === "number" ? this.#exchanges.get(id) : undefined;
    if (type === "working") {
      const { done } = readFields(frame.header, WORKING, "ignore");
      // Its reply may have crossed it.
      return exchange && this.#clock.workDone(exchange, done);
    }
    if (!exchange) throw new StatusError(401, "The server answered what was not asked");
    this.#clock.frameArrived(exchange, frame.header);
    await exchange.deliver(frame);
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = new ConnectionError(`Lost the connection to ${this.server}: ${reasonOf(error)}`, { cause: error });
    for (const exchange of this.#exchanges.values()) exchange.fail(this.#failure);
    clearInterval(this.#timer);
    this.#parts.connection.close();
  }

  /** Keeps an idle connection alive, and notices one that is dead. */
  #check(): void {
    const now = performance.now();
    const [oldest] = this.#exchanges.values();
    const reason = this.#clock.check(now, oldest);
    if (reason !== undefined) return this.#fail(new Error(reason));
    if (!oldest && now - this.#lastPing > PING_INTERVAL_MS) {
      this.#lastPing = now;
      // What went wrong is kept for the next command.
      this.call("ping", {}).catch((error) => this.#fail(error));
    }
  }
}

/** Waits for the last that a connection has to say, but not for ever. */
async function withinLastWords(words: Promise<void>): Promise<void> {
  await deadline(words, LAST_WORDS_MS).catch(() => {});
}
