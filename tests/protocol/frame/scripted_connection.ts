/** A connection in memory whose other end is the test: it hears each write and says what it likes. */
import type { ByteConnection } from "../../../protocol/frame/byte_stream.ts";
import { encodeFrame, type Frame, FrameDecoder, fullLimits } from "../../../protocol/frame/frame.ts";
import type { Header } from "../../../protocol/message/header.ts";

/** What one write held. */
export type Written = readonly Frame[];

/** Reads wait until the test says something; each write is a list of the frames that end in it. */
export class ScriptedConnection implements ByteConnection {
  /** One row for each write. */
  readonly writes: Written[] = [];
  readonly #decoder = new FrameDecoder(fullLimits());
  #incoming: Uint8Array[] = [];
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  async read(target: Uint8Array): Promise<number | null> {
    while (this.#incoming.length === 0 && !this.#isOver) await this.#change();
    const next = this.#incoming.shift();
    if (!next) return null;
    const count = Math.min(next.length, target.length);
    target.set(next.subarray(0, count));
    if (count < next.length) this.#incoming.unshift(next.subarray(count));
    return count;
  }

  write(source: Uint8Array): Promise<number> {
    const frames: Frame[] = [];
    this.#decoder.push(source.slice(), (frame) => frames.push(frame));
    this.writes.push(frames);
    this.#signal();
    return Promise.resolve(source.length);
  }

  /** The types of the frames of each write. */
  get types(): string[][] {
    return this.writes.map((frames) => frames.map(({ header }) => String(header.type)));
  }

  /** Says a frame. */
  say(header: Header, body: Uint8Array = new Uint8Array(0)): void {
    for (const bytes of encodeFrame({ header, body })) this.sayBytes(bytes);
  }

  /** Says bytes as they are. */
  sayBytes(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
    this.#signal();
  }

  /** Resolves to the first frame of a type that was written. */
  async heard(type: string): Promise<Frame> {
    for (;;) {
      const frame = this.writes.flat().find(({ header }) => header.type === type);
      if (frame) return frame;
      await this.#change();
    }
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#isOver = true;
    this.#signal();
  }

  #change(): Promise<void> {
    return this.#wake.promise;
  }

  #signal(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
