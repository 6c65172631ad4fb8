/** The SHA-256 of a file while its bytes pass: of a large one on a thread of its own, beside the transfer. */
import { createHash } from "node:crypto";
import { ThreadHash } from "./hash_thread.ts";

/** From so many bytes a thread is worth its start, some 30 ms. */
export const THREAD_FROM_BYTES = 33_554_432;

/** A digest that grows with its content. Dispose of it in any case. */
export interface ContentHash extends Disposable {
  /** Takes the next bytes, which may be changed as soon as this resolves. One call at a time. */
  update(chunk: Uint8Array): Promise<void>;
  /** The digest of all bytes so far, in hex; more may follow. */
  digest(): Promise<string>;
  /** Forgets all bytes so far. */
  reset(): void;
}

/** A hash for a content of so many bytes; a guess that is wrong costs time only. */
export function contentHash(size: number): ContentHash {
  return size < THREAD_FROM_BYTES ? new PlainHash() : new ThreadHash();
}

/** On the thread that asks. */
class PlainHash implements ContentHash {
  #hash = createHash("sha256");

  update(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    return Promise.resolve();
  }

  digest(): Promise<string> {
    return Promise.resolve(this.#hash.copy().digest("hex"));
  }

  reset(): void {
    this.#hash = createHash("sha256");
  }

  [Symbol.dispose](): void {}
}
