/** Many files made durable together: one after the other where that is quick, all at once where a disk has to turn. */

/** What is needed of an open file. `Deno.FsFile` is one. */
export interface SyncableFile {
  /** Makes what was written durable. */
  sync(): Promise<void>;
  /** The same, while the caller waits. */
  syncSync(): void;
  /** Closes it; nothing can be written afterwards. */
  close(): void;
}

/** A sync that takes longer than this waits for a disk, which can serve many waits in one turn. */
const QUICK_SYNC_MS = 0.1;
/** After so many quick ones the question is settled for the group. */
const TRIAL_FILES = 4;

/** Files whose bytes have been written and are to be durable after the next `flush`. */
export class SyncGroup {
  readonly #now: () => number;
  #files: SyncableFile[] = [];
  #quick = 0;
  #isSlow = false;

  /** Starts with no file; `now` is in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Files that are open until the next `flush`. */
  get size(): number {
    return this.#files.length;
  }

  /** Takes over an open file: syncs and closes it at once where that is quick, else at the next `flush`. */
  add(file: SyncableFile): void {
    if (this.#isSlow) {
      this.#files.push(file);
      return;
    }
    try {
      const started = this.#quick < TRIAL_FILES ? this.#now() : 0;
      file.syncSync();
      if (this.#quick >= TRIAL_FILES) return;
      if (this.#now() - started > QUICK_SYNC_MS) this.#isSlow = true;
      else this.#quick++;
    } finally {
      file.close();
    }
  }

  /** Makes the rest durable. @throws what the first failing sync throws; all are closed in any case */
  async flush(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    const results = await Promise.allSettled(files.map((file) => file.sync()));
    for (const file of files) file.close();
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}
