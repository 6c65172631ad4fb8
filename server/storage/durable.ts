/** Durability of names: a rename counts once its folder is synced. */
import { dirname } from "@std/path";
import type { SyncableFile } from "../../files/sync_group.ts";
import { quote } from "../../protocol/text.ts";

/** Why a change that was made may not outlive a power failure, or what of it is still to be done by somebody. */
export interface Doubt {
  /** A sentence for the user. */
  readonly sentence: string;
  /** What the system said, for the log. */
  readonly cause: unknown;
}

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
      return new ChangingFolder(Deno.openSync(folder, { read: true }));
    } catch (error) {
      if (isUnsupported(error)) return new ChangingFolder(undefined);
      throw error;
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

/** Opens folders that are about to change. In one that is gone by now, or closed to us, nothing is going to change. */
export function openFolders(folders: Iterable<string>, stack: DisposableStack): ChangingFolder[] {
  const opened: ChangingFolder[] = [];
  for (const folder of folders) {
    try {
      opened.push(stack.use(ChangingFolder.open(folder)));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
  return opened;
}

/**
 * Syncs folders after a change.
 *
 * @param what what was done and to which name: `Removed "/a"`
 * @returns the doubt that is left, if any
 */
export async function syncChange(what: string, ...folders: readonly ChangingFolder[]): Promise<Doubt | undefined> {
  for (const folder of folders) await folder.sync();
  return doubtOf(what, folders);
}

/** The doubt that synced folders leave, if any. */
export function doubtOf(what: string, folders: Iterable<ChangingFolder>): Doubt | undefined {
  for (const { failure } of folders) {
    if (failure !== undefined) return { sentence: `${what}, but ${UNSURE}`, cause: failure };
  }
  return undefined;
}

const UNSURE = "it is not sure to survive a power failure: the server's disk failed when the folder was synced";

/** What was done and to which name, as a doubt begins. */
export function done(verb: string, path: string): string {
  return `${verb} ${quote(path)}`;
}

function isUnsupported(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EINVAL" || code === "ENOTSUP";
}
