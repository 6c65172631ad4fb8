/** One request being answered: go-ahead, data and end, in both directions. */
import { BoundedQueue } from "../../protocol/frame/bounded_queue.ts";
import type { Accept, CommandName } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import {
  dataFrame,
  endFrame,
  FILE_END,
  type FileEnd,
  message,
  RESUME,
  STOP,
  WORKING,
} from "../../protocol/message/messages.ts";
import { type StatusCode, StatusError } from "../../protocol/status.ts";
import type { PeerClock } from "../sessions/peer_clock.ts";

/** Frames of a transfer that wait for storage. */
const INBOX_FRAMES = 2;

/** What a client sends in the middle of a transfer. */
export type Received =
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  | { readonly kind: "resume"; readonly offset: number }
  | { readonly kind: "end"; readonly end: FileEnd };

/** What an exchange has of its session. */
export interface ExchangeParts {
  readonly channel: FrameChannel;
  readonly clock: PeerClock;
  /** Told when the exchange begins to wait for a frame of the client. */
  onStarving?(): void;
}

/** What a command uses to talk with the client about its own request. */
export class Exchange<K extends CommandName = CommandName> {
  readonly id: number;
  /** Bytes of data frames that have gone one way or the other. */
  moved = 0;
  /** Whether a part that was there already is continued. */
  isResumed = false;
  readonly #channel: FrameChannel;
  readonly #clock: PeerClock;
  readonly #onStarving: () => void;
  readonly #inbox = new BoundedQueue<Frame>(INBOX_FRAMES);
  /** Why nothing more is to be done here. */
  #end: StatusError | undefined;
  #isDropped = false;
  #isReceiving = false;
  #done = 0;
  #received = 0;
  /** Bytes that the client has worked through by its own word, and the most that is believed. */
  #claimed = 0;
  #claimable = 0;

  constructor(id: number, { channel, clock, onStarving = () => {} }: ExchangeParts) {
    this.id = id;
    this.#channel = channel;
    this.#clock = clock;
    this.#onStarving = onStarving;
  }

  /** How much has been worked through here: bytes, entries, whatever grows with the work. */
  get done(): number {
    return this.#done;
  }

  /** Bytes of content from the client, with those of a frame that is still arriving. */
  get received(): number {
    const { header, bytes } = this.#channel.arriving ?? { header: {}, bytes: 0 };
    const isOurs = header.type === "data" && header.id === this.id;
    return this.#received + this.#claimed + (isOurs ? bytes : 0);
  }

  /** Whether nothing can go on here before the client sends a frame. */
  get isStarving(): boolean {
    return this.#isReceiving && this.#inbox.length === 0;
  }

  /**
   * Notes that work has been done, so that the client sees it move; for everything that may take long without sending.
   *
   * @throws {StatusError} 206 when the client no longer wants it
   */
  worked(amount: number): void {
    this.#done += amount;
    this.#checkGoing();
  }

  /** Lets the client take its time to work through so many bytes, as long as it says that it moves. */
  allowWork(bytes: number): void {
    this.#claimable = bytes;
  }

  /** Gives the go-ahead. `more`: something follows at once, see {@linkcode FrameChannel.send}. */
  accept(code: StatusCode, fields: Accept<K>, options: { more?: boolean } = {}): Promise<void> {
    this.isResumed = code === 205;
    return this.#send(message({ type: "accept", id: this.id, code, ...fields }), options);
  }

  /**
   * Sends a piece of what was asked for. It may be changed once the next call of any of these resolves.
   *
   * @param options `isLast`: `end` or the reply follows at once
   * @throws {StatusError} 206 when the client no longer wants it
   */
  async sendData(chunk: Uint8Array, { isLast = false }: { isLast?: boolean } = {}): Promise<void> {
    this.#checkGoing();
    await this.#send(dataFrame(this.id, chunk, isLast), { more: isLast });
    this.moved += chunk.length;
  }

  /** Says what was sent, and waits for the client to say what arrived. @throws {StatusError} 206, 409 */
  async settleEnd(sent: FileEnd): Promise<void> {
    this.#checkGoing();
    await this.#send(endFrame(this.id, sent));
    const got = await this.receive();
    if (got.kind === "end" && got.end.size === sent.size && got.end.sha256 === sent.sha256) return;
    throw new StatusError(409, "The client says that something else arrived");
  }

  /**
   * The next piece that the client sends.
   *
   * @throws {StatusError} 206 when the client stopped, 401 for a frame that makes no sense here, 503 when it left
   */
  async receive(): Promise<Received> {
    const frame = await this.#clock.whileReceiving(() => this.#pull());
    this.#checkGoing();
    if (!frame) throw left();
    if (frame.header.type === "data") {
      this.moved += frame.body.length;
      this.#done += frame.body.length;
      return { kind: "data", chunk: frame.body };
    }
    if (frame.header.type === "resume") {
      const { offset } = readFields(frame.header, RESUME, "ignore");
      this.isResumed &&= offset > 0;
      return { kind: "resume", offset };
    }
    const { size, sha256 } = readFields(frame.header, FILE_END, "ignore");
    return { kind: "end", end: { size, sha256 } };
  }

  /** Whether the client said with its stop that what has arrived can never be finished. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** Takes back a chunk of `receive`, of which nobody uses anything any more. */
  release(chunk: Uint8Array): void {
    this.#channel.release(chunk);
  }

  /** Takes a frame of this exchange from the session's reader. */
  async deliver(frame: Frame): Promise<void> {
    if (frame.header.type === "working") return this.#claim(readFields(frame.header, WORKING, "ignore").done);
    if (frame.header.type === "stop") {
      this.#isDropped = readFields(frame.header, STOP, "ignore").drop ?? false;
      this.stop();
    }
    if (frame.header.type === "data") this.#received += frame.body.length;
    await this.#inbox.push(frame);
  }

  /** The client no longer wants it. */
  stop(): void {
    this.#end ??= new StatusError(206, "Stopped as asked");
    this.#inbox.close();
  }

  /** The client is gone, or says nothing that makes sense. */
  leave(): void {
    this.#end ??= left();
    this.#inbox.discard();
  }

  /** Nothing more is read of this exchange: the reader is let go. */
  finish(): void {
    this.#inbox.discard();
  }

  #claim(done: number): void {
    this.#claimed = Math.max(this.#claimed, Math.min(done, this.#claimable));
  }

  /** The next frame that says something: an empty piece of content does not. */
  async #pull(): Promise<Frame | undefined> {
    this.#isReceiving = true;
    try {
      for (;;) {
        if (this.#inbox.length === 0) this.#onStarving();
        const frame = await this.#inbox.pull();
        if (frame?.header.type !== "data" || frame.body.length > 0) return frame;
      }
    } finally {
      this.#isReceiving = false;
    }
  }

  #checkGoing(): void {
    if (this.#end) throw this.#end;
  }

  async #send(frame: Frame, options: { more?: boolean } = {}): Promise<void> {
    try {
      await this.#clock.whileSending(() => this.#channel.send(frame, options));
    } catch (cause) {
      throw left(cause);
    }
  }
}

function left(cause?: unknown): StatusError {
  return new StatusError(503, "The client left in the middle of a transfer", { cause });
}
