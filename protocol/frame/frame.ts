/** The frame codec: `u32 big-endian header length`, header, body. Pure; any chunking gives the same frames. */
import { BufferPool } from "./buffer_pool.ts";
import type { Piece } from "./byte_stream.ts";
import { Gatherer } from "./frame_accumulator.ts";
import { decodeHeader, encodeHeader, type Header } from "../message/header.ts";
import { BODY_LIMIT_BYTES, DATA_FRAME_BYTES, HEADER_LIMIT_BYTES } from "../limits.ts";
import { StatusError } from "../status.ts";

/** One frame. The header's `body` field, the body's length in bytes, is the codec's own and never seen here. */
export interface Frame {
  /** The JSON object, without `body`. */
  readonly header: Header;
  /** The bytes after it; empty when there are none. */
  readonly body: Uint8Array;
}

/** A frame that is to be sent. */
export interface OutgoingFrame extends Frame {
  /** Other frames follow at once: this one may wait for them, to travel in one write. */
  readonly more?: boolean;
}

/** What a decoder accepts; the owner may raise it while it runs (after login). */
export interface FrameLimits {
  /** The longest header, in bytes. */
  headerBytes: number;
  /** The longest body, in bytes. */
  bodyBytes: number;
}

const EMPTY = new Uint8Array(0);
const PREFIX_BYTES = 4;
/** Bodies over this size get a buffer of their own: it can be read into at once, and used again. */
const OWN_BUFFER_FROM_BYTES = 32_768;
/** Buffers kept for the next bodies. */
const SPARE_BUFFERS = 2;

/** The limits after login. */
export function fullLimits(): FrameLimits {
  return { headerBytes: HEADER_LIMIT_BYTES, bodyBytes: BODY_LIMIT_BYTES };
}

/**
 * A frame as the chunks that go on the wire: prefix and header in one, and the body as it was given in another.
 *
 * @throws {StatusError} 413 when header or body is larger than the protocol allows
 */
export function encodeFrame({ header, body }: Frame): Uint8Array[] {
  const text = encodeHeader({ ...header, body: body.length > 0 ? body.length : undefined });
  if (text.length > HEADER_LIMIT_BYTES) throw new StatusError(413, `Frame header of ${text.length} bytes is too large`);
  if (body.length > BODY_LIMIT_BYTES) throw new StatusError(413, `Frame body of ${body.length} bytes is too large`);
  const head = new Uint8Array(PREFIX_BYTES + text.length);
  new DataView(head.buffer).setUint32(0, text.length);
  head.set(text, PREFIX_BYTES);
  return body.length > 0 ? [head, body] : [head];
}

/** Frames in, bytes out. */
export class FrameEncoderStream extends TransformStream<OutgoingFrame, Piece> {
  constructor() {
    super({
      transform(frame, controller) {
        const chunks = encodeFrame(frame);
        // A header waits for its body.
        for (const [at, bytes] of chunks.entries()) {
          controller.enqueue({ bytes, more: frame.more === true || at < chunks.length - 1 });
        }
      },
    });
  }
}

/** Bytes in, frames out, one chunk at a time. */
export class FrameDecoder {
  readonly #limits: FrameLimits;
  readonly #gatherer = new Gatherer();
  readonly #pool = new BufferPool(DATA_FRAME_BYTES, SPARE_BUFFERS);
  #taken = 0;
  #part: "prefix" | "header" | "body" = "prefix";
  #header: Header = {};

  /** A decoder that waits for the first frame. */
  constructor(limits: FrameLimits) {
    this.#limits = limits;
    this.#gatherer.expect(PREFIX_BYTES);
  }

  /** Bytes until the part that is being read is whole. */
  get missing(): number {
    return this.#gatherer.missing;
  }

  /** Where these bytes may be put, to be pushed from there without a copy; `undefined` where it makes no difference. */
  get room(): Uint8Array | undefined {
    return this.#gatherer.room;
  }

  /** Takes the body of a frame back, of which nobody uses anything any more. */
  release(body: Uint8Array): void {
    this.#pool.give(body);
  }

  /** The header that came last; the body of its frame may still be on its way. */
  get latest(): Header {
    return this.#header;
  }

  /**
   * The frame whose body is being read, and how much of that is here.
   *
   * @param received bytes of the stream that have arrived so far, some of which may be still to be pushed
   */
  arriving(received: number): { header: Header; bytes: number } | undefined {
    if (this.#part !== "body") return undefined;
    const { have, missing } = this.#gatherer;
    return { header: this.#header, bytes: have + Math.min(received - this.#taken, missing) };
  }

  /** Whether the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#part === "prefix" && this.#gatherer.missing === PREFIX_BYTES;
  }

  /**
   * Takes a chunk and hands each frame that it completes to `emit`.
   *
   * @throws {StatusError} 413 for a length over the limits, 401 for a bad header; the stream is then unusable
   */
  push(chunk: Uint8Array, emit: (frame: Frame) => void): void {
    let rest = chunk;
    while (rest.length > 0) {
      const count = this.#gatherer.take(rest);
      this.#taken += count;
      rest = rest.subarray(count);
      if (this.#gatherer.missing === 0) this.#next(this.#gatherer.bytes, emit);
    }
  }

  #next(bytes: Uint8Array, emit: (frame: Frame) => void): void {
    if (this.#part === "prefix") {
      this.#expectHeader(bytes);
    } else if (this.#part === "header") {
      const { body: length = 0, ...header } = decodeHeader(bytes);
      this.#header = header;
      this.#checkBody(length);
      if (length === 0) this.#emit(EMPTY, emit);
      else this.#expectBody(length);
    } else {
      this.#emit(bytes, emit);
    }
  }

  #expectHeader(prefix: Uint8Array): void {
    const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0);
    if (length === 0) throw new StatusError(401, "Frame header is empty");
    if (length > this.#limits.headerBytes) {
      throw new StatusError(413, `Frame header of ${length} bytes is over the limit of ${this.#limits.headerBytes}`, {
        details: { length },
      });
    }
    this.#expect("header", length);
  }

  #checkBody(length: unknown): asserts length is number {
    if (!Number.isSafeInteger(length) || (length as number) < 0 || Object.is(length, -0)) {
      throw new StatusError(401, "Frame body length is not a whole number");
    }
    if (length as number > this.#limits.bodyBytes) {
      throw new StatusError(413, `Frame body of ${length} bytes is over the limit of ${this.#limits.bodyBytes}`);
    }
  }

  #expectBody(length: number): void {
    this.#part = "body";
    this.#gatherer.expect(length, this.#bufferFor(length));
  }

  #bufferFor(length: number): Uint8Array | undefined {
    if (length <= OWN_BUFFER_FROM_BYTES) return undefined;
    return length > DATA_FRAME_BYTES ? new Uint8Array(length) : this.#pool.take().subarray(0, length);
  }

  #emit(body: Uint8Array, emit: (frame: Frame) => void): void {
    const header = this.#header;
    this.#expect("prefix", PREFIX_BYTES);
    emit({ header, body });
  }

  #expect(part: "prefix" | "header", length: number): void {
    this.#part = part;
    this.#gatherer.expect(length);
  }
}

/** Bytes in, frames out. It errors when the bytes end inside a frame. */
export class FrameDecoderStream extends TransformStream<Uint8Array, Frame> {
  /** What it would like to get next, and what it can use again. */
  readonly decoder: Pick<FrameDecoder, "missing" | "room" | "release" | "latest" | "arriving">;

  /** A stream that decodes within limits, which its owner may raise while it runs. */
  constructor(limits: FrameLimits) {
    const decoder = new FrameDecoder(limits);
    super(
      {
        transform(chunk, controller) {
          decoder.push(chunk, (frame) => controller.enqueue(frame));
        },
        flush() {
          if (!decoder.atBoundary) throw new StatusError(503, "The connection ended inside a frame");
        },
      },
      // No chunk is taken before the frames of the last one are asked for.
      { highWaterMark: 1 },
      { highWaterMark: 0 },
    );
    this.decoder = decoder;
  }
}
