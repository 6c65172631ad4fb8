/** Decides when a server that was asked for something has not moved for too long. */
import { encodeFrame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import type { Header } from "../../protocol/message/header.ts";
import { READING } from "../../protocol/message/messages.ts";
import { StallClock } from "../../protocol/stall_clock.ts";
import type { Exchange } from "./exchange.ts";

/** What counts as moving, in the time that a server has. */
const LEAST_BYTES = 4_096;
/** So often in that time it is looked at. */
const LOOKS = 18;
const READING_BYTES = encodeFrame(READING)[0]!.length;

/** Watches one connection: answers come in order, so it is the oldest request that has to move. */
export class ServerClock {
  /** The time between two calls of `check`, in ms. */
  readonly tickMs: number;
  readonly #silentMs: number;
  readonly #channel: FrameChannel;
  readonly #stall: StallClock;
  #oldest: Exchange | undefined;
  /** Bytes that had come at the last look, and when there were more than before. */
  #heard = { bytes: 0, at: 0 };
  /** Frames of ours that say nothing: that the server takes them is no progress. */
  #readings = 0;

  /** @param silentMs how long the server may be asked for something and not move */
  constructor(channel: FrameChannel, silentMs: number) {
    this.tickMs = silentMs / LOOKS;
    this.#silentMs = silentMs;
    this.#channel = channel;
    this.#stall = new StallClock({ limitMs: silentMs, leastBytes: LEAST_BYTES, tickMs: this.tickMs });
  }

  /** Something was sent that says nothing. */
  readingSent(): void {
    this.#readings++;
  }

  /** A frame of an exchange has come. */
  frameArrived(exchange: Exchange, header: Header): void {
    if (exchange.progress.isStep(header) && exchange === this.#oldest) this.#stall.restart();
  }

  /** The server works through something long, such as the digest of a large file: it moves as long as that does. */
  workDone(exchange: Exchange, done: number): void {
    if (exchange.progress.hasMoved(done) && exchange === this.#oldest) this.#stall.restart();
  }

  /** Why the server has to be given up now, if it has to. */
  check(now: number, oldest: Exchange | undefined): string | undefined {
    const { received } = this.#channel;
    if (received !== this.#heard.bytes || this.#heard.at === 0) this.#heard = { bytes: received, at: now };
    if (oldest !== this.#oldest) {
      this.#oldest = oldest;
      this.#stall.restart();
    }
    const isWaiting = oldest?.progress.isWaiting ?? false;
    if (!this.#stall.tick(now, { isWaiting, bytes: this.#bytesOf(oldest) })) return undefined;
    return now - this.#heard.at >= this.#silentMs ? "the server is silent" : "the server does not move";
  }

  #bytesOf(exchange: Exchange | undefined): number {
    const { sent, arriving } = this.#channel;
    const coming = exchange && arriving?.header.id === exchange.id ? arriving.bytes : 0;
    return sent - this.#readings * READING_BYTES + (exchange?.progress.received ?? 0) + coming;
  }
}
