/** Small files packed into data frames: many in one frame, each with its own header (`PROTOCOL.md`, "Records"). */
import { decodeHeader, type Header } from "./header.ts";
import { BODY_LIMIT_BYTES, DATA_FRAME_BYTES, HEADER_LIMIT_BYTES } from "../limits.ts";
import { StatusError } from "../status.ts";

/** A file or folder in a stream of records. */
export interface FileRecord {
  /** Its name and what goes with it, still unchecked. */
  readonly header: Header;
  /** The content: a view of the frame, so it lasts as long as that. */
  readonly content: Uint8Array;
}

const LENGTHS_BYTES = 8;
/** The content of a record is at most this long, so that any header goes with it; a larger file travels on its own. */
export const RECORD_LIMIT_BYTES = BODY_LIMIT_BYTES - HEADER_LIMIT_BYTES - LENGTHS_BYTES;

const encoder = new TextEncoder();

/** Packs records into bodies of a data frame at most, or of less; only a record that is longer has a longer body of its own. */
export class RecordPacker {
  #filling = new Uint8Array(0);
  #sending = new Uint8Array(0);
  #filled = 0;
  readonly #most: number;

  /** Packs into bodies of at most so many bytes. */
  constructor(most: number = DATA_FRAME_BYTES) {
    this.#most = most;
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#filled;
  }

  /**
   * Adds a record: `u32 header length`, `u32 content length`, header, content.
   *
   * @returns whether it was added; if not, what waits has to be taken first
   * @throws {StatusError} 413 when the header or the content is too large for a record
   */
  add(header: Header, content: Uint8Array): boolean {
    const text = encoder.encode(JSON.stringify(header));
    if (text.length > HEADER_LIMIT_BYTES || content.length > RECORD_LIMIT_BYTES) {
      throw new StatusError(413, `A record of ${text.length} and ${content.length} bytes is too large`);
    }
    const end = this.#filled + LENGTHS_BYTES + text.length + content.length;
    if (this.#filled > 0 && end > this.#most) return false;
    if (end > this.#filling.length) this.#filling = new Uint8Array(Math.max(end, this.#most));
    const view = new DataView(this.#filling.buffer, this.#filled, LENGTHS_BYTES);
    view.setUint32(0, text.length);
    view.setUint32(4, content.length);
    this.#filling.set(text, this.#filled + LENGTHS_BYTES);
    this.#filling.set(content, end - content.length);
    this.#filled = end;
    return true;
  }

  /** The body so far; the next records start a new one. It lasts until the one after the next is begun. */
  take(): Uint8Array {
    const body = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#sending] = [this.#sending, this.#filling];
    this.#filled = 0;
    return body;
  }
}

/**
 * The records of a body.
 *
 * @throws {StatusError} 401 when a record does not end where its body does, 413 when one is too large
 */
export function* unpackRecords(body: Uint8Array): Generator<FileRecord> {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 0; at < body.length;) {
    if (at + LENGTHS_BYTES > body.length) throw new StatusError(401, "A record ends inside its lengths");
    const headerLength = view.getUint32(at);
    const contentLength = view.getUint32(at + 4);
    if (headerLength > HEADER_LIMIT_BYTES || contentLength > RECORD_LIMIT_BYTES) {
      throw new StatusError(413, "A record is too large");
    }
    const start = at + LENGTHS_BYTES;
    const end = start + headerLength + contentLength;
    if (headerLength === 0 || end > body.length) throw new StatusError(401, "A record is longer than its frame");
    yield {
      header: decodeHeader(body.subarray(start, start + headerLength)),
      content: body.subarray(start + headerLength, end),
    };
    at = end;
  }
}
