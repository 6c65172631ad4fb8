/** A connection as a sequence of frames both ways. */
import { type ByteConnection, ByteSink, byteSource } from "./byte_stream.ts";
import { type Frame, FrameDecoderStream, FrameEncoderStream, type FrameLimits, type OutgoingFrame } from "./frame.ts";
import type { Header } from "../message/header.ts";

/** When less than this is missing of the last data of a transfer, the sender's system may hold it back. */
const SHORT_BYTES = 131_072;

/** Frames over a connection. It has no opinion on what they mean. */
export class FrameChannel {
  /** What is accepted; raise it after login. */
  readonly limits: FrameLimits;
  /** Bytes received so far. */
  received = 0;
  /** Bytes sent so far. */
  sent = 0;
  /** Called when the last data of a transfer, or what follows it, is waited for, and it is short. */
  onShort: () => void = () => {};
  readonly #decoder: FrameDecoderStream["decoder"];
  readonly #reader: ReadableStreamDefaultReader<Frame>;
  readonly #writer: WritableStreamDefaultWriter<OutgoingFrame>;
  readonly #sink: ByteSink;
  readonly #sending: Promise<void>;

  /** Takes a connection over: nobody else may read or write it. */
  constructor(connection: ByteConnection, limits: FrameLimits) {
    this.limits = limits;
    const frames = new FrameDecoderStream(limits);
    this.#decoder = frames.decoder;
    const source = byteSource(connection, frames.decoder, {
      onBytes: (bytes) => this.received += bytes,
      onWait: (missing) => {
        if (frames.decoder.latest.last === true && missing <= SHORT_BYTES) this.onShort();
      },
    });
    this.#reader = source.pipeThrough(frames).getReader();
    const encoder = new FrameEncoderStream();
    this.#sink = new ByteSink(connection, (bytes) => this.sent += bytes);
    this.#sending = encoder.readable.pipeTo(this.#sink);
    // A broken connection is reported by the next `send`, or by `finish`.
    this.#sending.catch(() => {});
    this.#writer = encoder.writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** The frame whose body is on its way, and how much of that has arrived. */
  get arriving(): { readonly header: Header; readonly bytes: number } | undefined {
    return this.#decoder.arriving(this.received);
  }

  /** The next frame, or `undefined` when the peer ended the connection between two frames. */
  async receive(): Promise<Frame | undefined> {
    return (await this.#reader.read()).value;
  }

  /** Takes back the body of a frame that came, of which nobody uses anything any more. */
  release(body: Uint8Array): void {
    this.#decoder.release(body);
  }

  /**
   * Sends a frame; waits while too much is on its way. Its body may be changed once the next frame's `send` resolves.
   *
   * @param options `more`: another frame follows without waiting for anything but our own disk, so both may leave in one
   *   write. A small write of its own would wait until the peer has acknowledged the one before (Nagle), and the peer
   *   takes its time with that
   */
  async send(frame: Frame, { more = false }: { more?: boolean } = {}): Promise<void> {
    await this.#writer.ready;
    await this.#writer.write(more ? { ...frame, more } : frame);
  }

  /** Resolves when everything has been handed to the connection. No frame can be sent afterwards. */
  async finish(): Promise<void> {
    await this.#writer.close();
    await this.#sending;
  }
}
