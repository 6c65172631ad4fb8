/** How much a client keeps of what a server lists: a list without an end must not fill the memory. */
import { formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";

const ENTRIES_LIMIT = 1_250_000;
/** For names and sentences. */
const TEXT_LIMIT_BYTES = 192 * 1024 ** 2;
/** Beyond Latin-1 the runtime keeps two bytes for every character. */
const IS_WIDE = /[\u0100-\uffff]/;

/** Counts what one command keeps, whatever lists it comes from. */
export class ListBound {
  readonly #most: { readonly entries: number; readonly bytes: number };
  #entries = 0;
  #bytes = 0;

  readonly #what: string;

  /** @param what begins the sentence of the failure */
  constructor(most = { entries: ENTRIES_LIMIT, bytes: TEXT_LIMIT_BYTES }, what = "The server's list") {
    this.#most = most;
    this.#what = what;
  }

  /** Counts one entry, with the texts that are kept of it. @throws {StatusError} 413 when that is one too many */
  keep(...texts: string[]): void {
    for (const text of texts) this.#bytes += text.length * (IS_WIDE.test(text) ? 2 : 1);
    const { entries, bytes } = this.#most;
    if (++this.#entries > entries) this.#refuse(`${entries} entries`);
    if (this.#bytes > bytes) this.#refuse(`${formatSize(bytes)} of text`);
  }

  #refuse(limit: string): never {
    throw new StatusError(413, `${this.#what} is longer than ${limit}; so much is not kept here`);
  }
}
