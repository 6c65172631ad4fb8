/** A connection that is only memory: what arrives is given, what is sent is kept. */
import type { ByteConnection } from "../../../protocol/frame/byte_stream.ts";

/** Reads give the chunks it was made with, then the end; writes are recorded. */
export class MemoryConnection implements ByteConnection {
  /** What each write was given, cut to what it took. */
  readonly writes: Uint8Array[] = [];
  /** The room that each read offered. */
  readonly readRooms: number[] = [];
  /** The most bytes one write takes. */
  mostPerWrite = Infinity;
  /** The write that fails, counted from 1, and what it throws. */
  failAtWrite = Infinity;
  /** Each write waits for it. */
  gate: Promise<void> = Promise.resolve();
  closed = false;
  #writeCalls = 0;
  readonly #incoming: Uint8Array[];

  constructor(incoming: readonly Uint8Array[] = []) {
    this.#incoming = [...incoming];
  }

  // deno-lint-ignore require-await
  async read(target: Uint8Array): Promise<number | null> {
    this.readRooms.push(target.length);
    const next = this.#incoming.shift();
    if (next === undefined) return null;
    const count = Math.min(next.length, target.length);
    target.set(next.subarray(0, count));
    if (count < next.length) this.#incoming.unshift(next.subarray(count));
    return count;
  }

  async write(source: Uint8Array): Promise<number> {
    if (++this.#writeCalls >= this.failAtWrite) throw new Deno.errors.BrokenPipe("gone");
    const taken = source.slice(0, this.mostPerWrite);
    await this.gate;
    this.writes.push(taken);
    return taken.length;
  }

  close(): void {
    this.closed = true;
  }

  /** Everything that was written. */
  get sent(): Uint8Array {
    return Uint8Array.from(this.writes.flatMap((chunk) => [...chunk]));
  }
}
