/** The thread that hashes large files, one for the whole program, there while anybody needs it. */
import type { ContentHash } from "./content_hash.ts";
import type { HashAnswer, HashRequest } from "./hash_worker.ts";

/** What travels to the thread at once, and how much may be on its way. */
const BUFFER_BYTES = 262_144;
const BUFFERS = 16;

/** Buffers go round: filled here, hashed there, and back. */
class HashThread {
  static #current: HashThread | undefined;

  readonly #worker = new Worker(new URL("./hash_worker.ts", import.meta.url), { type: "module" });
  readonly #digests = new Map<number, PromiseWithResolvers<string>>();
  #free: ArrayBuffer[] = [];
  #made = 0;
  #waiting: PromiseWithResolvers<ArrayBuffer>[] = [];
  #users = 0;
  #lastId = 0;
  #failure: Error | undefined;

  private constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => this.#take(data);
    this.#worker.onerror = (event) => {
      // Else it would end the whole program.
      event.preventDefault();
      this.#fail(new Error(`The hash thread failed: ${event.message}`));
    };
  }

  /** The thread, started if it is not there. Call `leave` as often as this. */
  static join(): { thread: HashThread; id: number } {
    const thread = HashThread.#current ??= new HashThread();
    thread.#users++;
    return { thread, id: ++thread.#lastId };
  }

  leave(id: number): void {
    this.#send({ id, action: "forget" });
    this.#users--;
    if (this.#users > 0) return;
    this.#worker.terminate();
    this.#fail(new Error("The hash is closed"));
  }

  /** Takes a copy of the bytes; waits while too many are on their way. */
  async update(id: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += BUFFER_BYTES) {
      const piece = bytes.subarray(at, at + BUFFER_BYTES);
      const buffer = await this.#buffer();
      new Uint8Array(buffer).set(piece);
      this.#send({ id, action: "update", buffer, length: piece.length }, [buffer]);
    }
  }

  async digest(id: number): Promise<string> {
    if (this.#failure) throw this.#failure;
    const answer = Promise.withResolvers<string>();
    this.#digests.set(id, answer);
    this.#send({ id, action: "digest" });
    return await answer.promise;
  }

  reset(id: number): void {
    this.#send({ id, action: "forget" });
  }

  async #buffer(): Promise<ArrayBuffer> {
    if (this.#failure) throw this.#failure;
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made < BUFFERS) {
      this.#made++;
      return new ArrayBuffer(BUFFER_BYTES);
    }
    const turn = Promise.withResolvers<ArrayBuffer>();
    this.#waiting.push(turn);
    return await turn.promise;
  }

  #send(request: HashRequest, transfer: Transferable[] = []): void {
    if (!this.#failure) this.#worker.postMessage(request, transfer);
  }

  #take(answer: HashAnswer): void {
    if ("buffer" in answer) {
      const next = this.#waiting.shift();
      if (next) next.resolve(answer.buffer);
      else this.#free.push(answer.buffer);
    } else {
      this.#digests.get(answer.id)?.resolve(answer.sha256);
      this.#digests.delete(answer.id);
    }
  }

  #fail(error: Error): void {
    this.#failure = error;
    // Who comes next gets another one.
    if (HashThread.#current === this) HashThread.#current = undefined;
    for (const turn of this.#waiting.splice(0)) turn.reject(error);
    for (const answer of this.#digests.values()) answer.reject(error);
    this.#digests.clear();
  }
}

/** A hash on the thread; it joins with the first bytes. */
export class ThreadHash implements ContentHash {
  #joined: ReturnType<typeof HashThread.join> | undefined;

  async update(chunk: Uint8Array): Promise<void> {
    const { thread, id } = this.#joined ??= HashThread.join();
    await thread.update(id, chunk);
  }

  async digest(): Promise<string> {
    const { thread, id } = this.#joined ??= HashThread.join();
    return await thread.digest(id);
  }

  reset(): void {
    this.#joined?.thread.reset(this.#joined.id);
  }

  [Symbol.dispose](): void {
    this.#joined?.thread.leave(this.#joined.id);
    this.#joined = undefined;
  }
}
