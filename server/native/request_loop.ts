/** What a session does after login: requests are queued as they come and answered in order. */
import { BoundedQueue } from "../../protocol/frame/bounded_queue.ts";
import { isSafeCount } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import type { Header } from "../../protocol/message/header.ts";
import { REQUEST_QUEUE_LIMIT } from "../../protocol/limits.ts";
import { failureHeader, message } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Session } from "../sessions/session.ts";
import type { Dispatcher } from "./dispatch.ts";
import { Exchange } from "./exchange.ts";
import { type RawRequest, readRequest } from "./request.ts";

/** A client asks for more than may wait, in the middle of a transfer that then can never end. */
export class CrowdedError extends StatusError {
  constructor() {
    super(401, `Too many requests in the middle of a transfer: ${REQUEST_QUEUE_LIMIT} may wait`);
  }
}

/** Reads and answers side by side, so that a transfer can be stopped while it runs. */
export class RequestLoop {
  readonly #channel: FrameChannel;
  readonly #session: Pick<Session, "clock" | "rested">;
  readonly #dispatcher: Dispatcher;
  /** Those that wait, and one more that was read: while that has no place nothing else is read. */
  readonly #requests = new BoundedQueue<RawRequest>(REQUEST_QUEUE_LIMIT + 1);
  /** Requests that the client stopped before their turn came. */
  readonly #stopped = new Set<number>();
  #active: Exchange | undefined;
  #lastId: number;
  /** Fails while nothing is read, when the running request waits for what is not read. */
  #blind: PromiseWithResolvers<never> | undefined;
  #hasEnded = false;

  /** @param options `lastId`: of the last request of the login */
  constructor(
    channel: FrameChannel,
    options: { session: Pick<Session, "clock" | "rested">; dispatcher: Dispatcher; lastId: number },
  ) {
    this.#channel = channel;
    this.#session = options.session;
    this.#dispatcher = options.dispatcher;
    this.#lastId = options.lastId;
  }

  /** The request that is being answered. */
  get active(): Exchange | undefined {
    return this.#active;
  }

  /** Whether nothing is read that could show that the client is gone: too many requests wait, or it has said its last. */
  get isBlind(): boolean {
    return this.#blind !== undefined || this.#hasEnded;
  }

  get isBusy(): boolean {
    return this.#active !== undefined || this.#requests.length > 0;
  }

  /** Runs until the client leaves or `stop`; throws what was wrong with the client's frames. */
  async run(): Promise<void> {
    const answering = this.#answerAll();
    const [ended] = await Promise.allSettled([Promise.race([this.#readAll(), answering])]);
    this.#hasEnded = true;
    if (ended.status === "rejected") {
      this.#requests.discard();
      this.#active?.leave();
    }
    this.#requests.close();
    this.#active?.finish();
    // What runs has to let go of its files before the session is over, whatever ended it.
    await answering;
    if (ended.status === "rejected") throw ended.reason;
  }

  /** Ends what runs, and answers nothing more. */
  stop(): void {
    this.#requests.discard();
    this.#active?.stop();
  }

  async #readAll(): Promise<void> {
    const channel = this.#channel;
    for (let frame = await channel.receive(); frame; frame = await channel.receive()) {
      this.#session.clock.heard();
      if (frame.header.type === "reading") continue;
      if (frame.header.type === "request") await this.#queue(readRequest(frame));
      else await this.#route(frame);
    }
  }

  async #queue(request: RawRequest): Promise<void> {
    if (request.id <= this.#lastId) throw new StatusError(401, "Request ids must increase");
    this.#lastId = request.id;
    const pushed = this.#requests.push(request);
    if (this.#requests.length <= REQUEST_QUEUE_LIMIT) return;
    this.#blind = Promise.withResolvers<never>();
    this.#checkStarving();
    try {
      await Promise.race([pushed, this.#blind.promise]);
    } finally {
      this.#blind = undefined;
    }
  }

  /** What a transfer waits for stands behind requests that wait for the transfer: that can only end the session. */
  #checkStarving(): void {
    if (this.#active?.isStarving) this.#blind?.reject(new CrowdedError());
  }

  /** Gives a frame of a transfer to its exchange. What belongs to a request that has ended is dropped. */
  async #route(frame: Frame): Promise<void> {
    const { type, id } = frame.header;
    if (
      !["data", "resume", "end", "stop", "working"].includes(type as string) || !isSafeCount(id) || id > this.#lastId
    ) {
      throw new StatusError(401, "A frame belongs to no request");
    }
    if (id === this.#active?.id) await this.#active.deliver(frame);
    else if (type === "stop" && this.#stopped.size < REQUEST_QUEUE_LIMIT) this.#stopped.add(id);
  }

  async #answerAll(): Promise<void> {
    const { clock } = this.#session;
    for (let request = await this.#requests.pull(); request; request = await this.#requests.pull()) {
      const reply = await clock.whileBusy(() => this.#answer(request!));
      await clock.whileSending(() => this.#channel.send(message(reply)));
      if (!this.isBusy) this.#session.rested();
    }
  }

  async #answer(request: RawRequest): Promise<Header> {
    if (this.#stopped.delete(request.id)) return failureHeader(request.id, new StatusError(206, "Stopped as asked"));
    for (const id of this.#stopped) if (id < request.id) this.#stopped.delete(id);
    const exchange = new Exchange(request.id, {
      channel: this.#channel,
      clock: this.#session.clock,
      onStarving: () => this.#checkStarving(),
    });
    this.#active = exchange;
    try {
      return await this.#dispatcher.answer(request, exchange);
    } finally {
      this.#active = undefined;
      exchange.finish();
    }
  }
}
