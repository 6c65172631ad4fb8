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

/** Files whose bytes have been written and are not yet durable. */
export class SyncGroup {
  readonly #now: () => number;
  #files: SyncableFile[] = [];
  #isQuick: boolean | undefined;

  /** An empty group; `now` is a clock in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Files that wait. */
  get size(): number {
    return this.#files.length;
  }

  /** Takes over an open file; `flush` syncs and closes it. */
  add(file: SyncableFile): void {
    this.#files.push(file);
  }

  /** Makes all of them durable. @throws what the first failing sync throws; all are closed in any case */
  async flush(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    try {
      const rest = this.#syncQuickly(files);
      const results = await Promise.allSettled(rest.map((file) => file.sync()));
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
    } finally {
      for (const file of files) file.close();
    }
  }

  /** Syncs in line for as long as that is quick; returns those that are left. */
  #syncQuickly(files: readonly SyncableFile[]): readonly SyncableFile[] {
    if (this.#isQuick === false) return files;
    for (const [index, file] of files.entries()) {
      if (this.#isQuick) {
        file.syncSync();
        continue;
      }
      const started = this.#now();
      file.syncSync();
      if (this.#now() - started > QUICK_SYNC_MS) {
        this.#isQuick = false;
        return files.slice(index + 1);
      }
      if (index + 1 >= TRIAL_FILES) this.#isQuick = true;
    }
    return [];
  }
}
