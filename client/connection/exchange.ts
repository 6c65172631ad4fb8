/** One request and what comes back for it. */
import { BoundedQueue } from "../../protocol/frame/bounded_queue.ts";
import { type Fields, readFields, type Shape } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import {
  dataFrame,
  endFrame,
  failureOf,
  FILE_END,
  type FileEnd,
  readReply,
  type ReplyHeader,
  resumeFrame,
  stopFrame,
  workingFrame,
} from "../../protocol/message/messages.ts";
import { type StatusCode, StatusError } from "../../protocol/status.ts";
import { ExchangeProgress } from "./exchange_progress.ts";

/** Frames that wait for the local disk. */
const INBOX_FRAMES = 2;
/** What a server may still send after it was asked to stop: far more than any line and its buffers hold. */
const STOP_LIMIT_BYTES = 64 * 1024 ** 2;
/** What a frame counts besides its body. */
const FRAME_BYTES = 64;

/** What an exchange has of its connection. */
export interface ExchangeParts {
  send(frame: Frame, options?: { more?: boolean }): Promise<void>;
  /** Takes back a body. */
  release(body: Uint8Array): void;
  /** Told when the final reply is here, with its code. */
  onEnd(code: StatusCode): void;
  /** Told when the server goes on sending what it was asked to stop: the connection is of no more use. */
  onEndless(): void;
}

/** The client's side of one request. */
export class Exchange {
  readonly id: number;
  readonly progress = new ExchangeProgress();
  readonly #send: (frame: Frame, options?: { more?: boolean }) => Promise<void>;
  readonly #onEnd: (code: StatusCode) => void;
  readonly #onEndless: () => void;
  readonly #release: (body: Uint8Array) => void;
  readonly #inbox = new BoundedQueue<Frame>(INBOX_FRAMES);
  #failure: StatusError | undefined;
  #reply: ReplyHeader | undefined;

  constructor(id: number, parts: ExchangeParts) {
    this.id = id;
    this.#send = (frame, options) => this.progress.whileWaiting(() => parts.send(frame, options));
    this.#release = parts.release;
    this.#onEnd = parts.onEnd;
    this.#onEndless = parts.onEndless;
  }

  /** The final reply, when it has come already: a sender then stops sending. */
  get early(): ReplyHeader | undefined {
    return this.#reply;
  }

  /** Waits for the go-ahead. @returns its code and fields, or the final reply when there is no need to go ahead */
  async accepted<S extends Shape>(shape: S): Promise<{ code: number; accept: Fields<S> } | { reply: ReplyHeader }> {
    const frame = await this.#pull();
    if (frame.header.type === "reply") return { reply: this.#final(frame) };
    if (frame.header.type !== "accept") throw new StatusError(401, "The server sent data before the go-ahead");
    const { code } = readReply(frame.header);
    if (code !== 201 && code !== 202 && code !== 205) throw new StatusError(401, `Code ${code} is no go-ahead`);
    return { code, accept: readFields(frame.header, shape, "ignore") };
  }

  /** The next piece of a download or listing, or its end, or the final reply. */
  async receive(): Promise<
    { kind: "data"; chunk: Uint8Array } | { kind: "end"; end: FileEnd } | { kind: "reply"; reply: ReplyHeader }
  > {
    const frame = await this.#pull();
    if (frame.header.type === "data") return { kind: "data", chunk: frame.body };
    if (frame.header.type === "reply") return { kind: "reply", reply: this.#final(frame) };
    if (frame.header.type !== "end") throw new StatusError(401, "The server sent something else than content");
    const { size, sha256 } = readFields(frame.header, FILE_END, "ignore");
    return { kind: "end", end: { size, sha256 } };
  }

  /** Takes back a chunk of `receive`, of which nobody uses anything any more. */
  release(chunk: Uint8Array): void {
    this.#release(chunk);
  }

  /** The final reply. @throws {StatusError} the failure that it tells */
  async reply(): Promise<ReplyHeader> {
    const frame = await this.#pull();
    if (frame.header.type !== "reply") throw new StatusError(401, "The server sent something else than a reply");
    return this.#final(frame);
  }

  /**
   * Sends a piece of an upload, which may be changed once the next call of any of these resolves.
   *
   * @param options `isLast`: the end follows at once, and both leave in one write
   */
  async sendData(chunk: Uint8Array, { isLast = false }: { isLast?: boolean } = {}): Promise<void> {
    await this.#send(dataFrame(this.id, chunk, isLast), { more: isLast });
  }

  /** Says from where the upload goes on. */
  async sendResume(offset: number): Promise<void> {
    await this.#send(resumeFrame(this.id, offset));
  }

  /** Says how far this side has come that works and sends nothing. */
  async sendWorking(done: number): Promise<void> {
    await this.#send(workingFrame(this.id, done));
  }

  /** Says what was sent or what arrived. */
  async sendEnd(end: FileEnd): Promise<void> {
    await this.#send(endFrame(this.id, end));
  }

  /**
   * Ends it early and waits until the server has let go, so that the connection can be used for the next request.
   *
   * @param options `drop`: what has arrived can never be finished, and the server need not keep it
   */
  async cancel({ drop = false } = {}): Promise<void> {
    if (this.#failure) return;
    try {
      if (!this.#reply) await this.#send(stopFrame(this.id, { drop }));
      for (let bytes = 0; !this.#reply;) {
        const frame = await this.progress.whileWaiting(() => this.#inbox.pull());
        if (!frame) return;
        bytes += FRAME_BYTES + frame.body.length;
        this.#release(frame.body);
        if (bytes > STOP_LIMIT_BYTES) return this.#onEndless();
      }
    } finally {
      // The connection's reader may wait for room here, and others for the reader.
      this.#inbox.discard();
    }
  }

  /** Takes a frame from the connection's reader. */
  async deliver(frame: Frame): Promise<void> {
    if (frame.header.type === "data") this.progress.received += frame.body.length;
    if (frame.header.type === "reply") {
      this.#reply = readReply(frame.header);
      this.#onEnd(this.#reply.code);
    }
    await this.#inbox.push(frame);
  }

  /** The connection is gone. */
  fail(error: StatusError): void {
    this.#failure = error;
    this.#inbox.close();
  }

  async #pull(): Promise<Frame> {
    for (;;) {
      const frame = await this.progress.whileWaiting(() => this.#inbox.pull());
      if (!frame) throw this.#failure ?? new StatusError(401, "The server's answer has ended");
      // An empty piece of content says nothing.
      if (frame.header.type !== "data" || frame.body.length > 0) return frame;
    }
  }

  #final(frame: Frame): ReplyHeader {
    const reply = readReply(frame.header);
    this.#finish(reply);
    if (reply.code >= 400 || reply.code === 206) throw failureOf(reply);
    return reply;
  }

  #finish(reply: ReplyHeader): void {
    this.#reply = reply;
    this.#inbox.close();
  }
}
