/** A whole tree, listed in pages: folders before what is in them, links and special files named but not entered. */
import { join } from "@std/path";
import { readWhole, sha256Of } from "../../files/small_file.ts";
import { isMount } from "../../files/mount.ts";
import { LISTING_PAGE_ENTRIES } from "../../protocol/limits.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { DigestCache } from "./digest_cache.ts";
import { Download } from "./download.ts";
import type { TreeEntry } from "./entry.ts";
import { below, listFolder, type ListingFailure, type ListingPage } from "./listing.ts";
import { osFailure } from "./os_error.ts";
import type { OnWork } from "./work.ts";

/** A file of at most so many bytes is read in one piece. */
const READ_WHOLE_BYTES = 960 * 1024;

/** What is not, or not wholly, in the list. `skipped`: names in that folder that the protocol cannot say. */
export interface TreeNote extends ListingFailure {
  readonly skipped?: number;
}

/** One page. */
export interface TreePage {
  readonly entries: readonly TreeEntry[];
  readonly notes: readonly TreeNote[];
}

/** What is walked. */
interface Walk {
  /** The folder on disk, and the path that the user knows it by. */
  readonly top: string;
  readonly path: string;
  /** Whether the digest of every file is wanted, and what is known of files. */
  readonly checksum: boolean;
  readonly digests: DigestCache;
  readonly onWork: OnWork;
}

/**
 * Lists everything below a folder. What cannot be read there is noted, and the rest is listed.
 *
 * @throws {StatusError} 407 when the top is not a folder, 406 when it cannot be read
 */
export async function* walkTree(walk: Walk): AsyncGenerator<TreePage> {
  const waiting = [""];
  let entries: TreeEntry[] = [];
  let notes: TreeNote[] = [];
  const note = (name: string, error: StatusError, more = {}) => notes.push({ name, error, ...more });
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const inFolder = folder === "" ? "" : `${folder}/`;
    const folders: string[] = [];
    let skipped = 0;
    for (const page of pagesOf(folder, walk, note)) {
      skipped += page.skipped;
      for (const { name: last, error } of page.failures) note(inFolder + last, error);
      for (const entry of page.entries) {
        const name = inFolder + entry.name;
        const place = join(walk.top, name);
        if (entry.entry === "folder") folders.push(name);
        const mount = entry.entry === "folder" && isMount(place) ? { mount: true } : {};
        const digest = walk.checksum && entry.entry === "file" ? await digestOf({ ...entry, name }, walk) : {};
        if (digest instanceof StatusError) note(name, digest);
        entries.push({ ...entry, name, ...mount, ...(digest instanceof StatusError ? {} : digest) });
      }
      if (entries.length + notes.length < LISTING_PAGE_ENTRIES) continue;
      yield { entries, notes };
      entries = [];
      notes = [];
    }
    if (skipped > 0) note(folder, unsayable(below(walk.path, folder), skipped), { skipped });
    // One by one: a call takes only so many arguments.
    for (const name of folders.reverse()) waiting.push(name);
  }
  yield { entries, notes };
}

/** The pages of one folder; a note of why there are none when it cannot be read, or went away while we walked. */
function* pagesOf(
  folder: string,
  { top, path }: Walk,
  note: (name: string, error: StatusError) => void,
): Generator<ListingPage> {
  const shown = below(path, folder);
  try {
    yield* listFolder(join(top, folder), shown);
  } catch (error) {
    const failure = osFailure(error, shown);
    if (folder === "") throw failure;
    note(
      folder,
      failure.code === 402 ? new StatusError(402, `${quote(shown)} went away while it was listed`) : failure,
    );
  }
}

function unsayable(path: string, count: number): StatusError {
  return new StatusError(411, `${quote(path)} holds ${count === 1 ? "a name" : `${count} names`} that cannot be said`);
}

/** The digest of a file; none when it is gone, which the transfer will say; the failure when it cannot be read. */
async function digestOf(
  { name, size }: TreeEntry,
  { top, path, digests, onWork }: Walk,
): Promise<{ sha256?: string } | StatusError> {
  const [real, shown] = [join(top, name), below(path, name)];
  try {
    if (size <= READ_WHOLE_BYTES) {
      onWork(size);
      return { sha256: sha256Of(readWhole(real)) };
    }
    using file = await Download.open(real, shown, { digests, onWork });
    return { sha256: (await file.digest()).sha256 };
  } catch (error) {
    const failure = osFailure(error, shown);
    // The client wants no more of it.
    if (failure.code === 206) throw failure;
    return failure.code === 402 ? {} : failure;
  }
}
