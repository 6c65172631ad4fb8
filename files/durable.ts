/** Durability of names: a rename counts once its folder is synced. */
import { dirname } from "@std/path";
import { openToRead } from "./open.ts";
import type { SyncableFile } from "./sync_group.ts";

/**
 * A folder whose names are about to change. It is opened before the change: where there is no descriptor for it, nothing
 * has happened yet. What fails afterwards is noted, since the change stands. Windows has no such thing, and some network
 * file systems cannot open or sync a folder: there the system's own journal has to do.
 */
export class ChangingFolder implements SyncableFile, Disposable {
  readonly #file: Deno.FsFile | undefined;
  #isClosed = false;
  #failure: unknown;

  private constructor(file: Deno.FsFile | undefined) {
    this.#file = file;
  }

  /** @throws the error of the operating system when it cannot be opened */
  static open(folder: string): ChangingFolder {
    if (Deno.build.os === "windows") return new ChangingFolder(undefined);
    try {
      return new ChangingFolder(openToRead(folder));
    } catch (error) {
      if (isUnsupported(error)) return new ChangingFolder(undefined);
      throw error;
    }
  }

  /** The same; but a folder that cannot be opened has that `failure`: it may be closed to readers and open to writers. */
  static openOrNote(folder: string): ChangingFolder {
    try {
      return ChangingFolder.open(folder);
    } catch (error) {
      const unopened = new ChangingFolder(undefined);
      unopened.#failure = error;
      return unopened;
    }
  }

  /** The folder that a place is in. */
  static of(place: string): ChangingFolder {
    return ChangingFolder.open(dirname(place));
  }

  /** What the sync failed with; `undefined` when nothing speaks against its names being durable. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Makes its names durable. A sync that failed is not tried again: the second one might say that all is well. */
  async sync(): Promise<void> {
    try {
      await this.#file?.sync();
    } catch (error) {
      this.#note(error);
    }
  }

  /** The same, while the caller waits. */
  syncSync(): void {
    try {
      this.#file?.syncSync();
    } catch (error) {
      this.#note(error);
    }
  }

  #note(error: unknown): void {
    if (!isUnsupported(error)) this.#failure ??= error;
  }

  close(): void {
    if (!this.#isClosed) this.#file?.close();
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isUnsupported(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EINVAL" || code === "ENOTSUP";
}
