/** A whole tree, listed in pages: folders before what is in them, links and special files named but not entered. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { TreeEntry } from "../../protocol/commands.ts";
import { LISTING_PAGE_ENTRIES } from "../../protocol/limits.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { DigestCache } from "./digest_cache.ts";
import { Download } from "./download.ts";
import { listFolder } from "./listing.ts";
import { atDisk, osFailure } from "./os_error.ts";

/** One page. `skipped` counts names that the protocol cannot say. */
export interface TreePage {
  readonly entries: readonly TreeEntry[];
  readonly skipped: number;
}

/**
 * Lists everything below a folder.
 *
 * @param top the folder on disk
 * @param options `path`: the name the user knows it by; `checksum`: with the digest of every file;
 *   `digests`: what is known of files
 * @throws {StatusError} 407 when it is not a folder
 */
export async function* walkTree(
  top: string,
  { path, checksum, digests }: { path: string; checksum: boolean; digests: DigestCache },
): AsyncGenerator<TreePage> {
  if (!atDisk(path, () => Deno.lstatSync(top)).isDirectory) {
    throw new StatusError(407, `${quote(path)} is not a folder`);
  }
  const waiting = [""];
  let entries: TreeEntry[] = [];
  let skipped = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const below: string[] = [];
    for (const page of pagesOf(join(top, folder), path)) {
      skipped += page.skipped;
      for (const entry of page.entries) {
        const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.entry === "folder") below.push(name);
        const isHashed = checksum && entry.entry === "file";
        const digest = isHashed ? await digestOf(join(top, name), entry.size, digests) : {};
        entries.push({ ...entry, name, ...digest });
      }
      if (entries.length < LISTING_PAGE_ENTRIES) continue;
      yield { entries, skipped };
      entries = [];
      skipped = 0;
    }
    // One by one: a call takes only so many arguments.
    for (const name of below.reverse()) waiting.push(name);
  }
  yield { entries, skipped };
}

/** The pages of one folder; none when it went away while we walked. */
function* pagesOf(real: string, path: string): Generator<{ entries: readonly TreeEntry[]; skipped: number }> {
  try {
    yield* listFolder(real, path);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 402) throw error;
  }
}

/** The digest of a file; none when it is gone or cannot be read, which the transfer will then say. */
async function digestOf(real: string, size: number, digests: DigestCache): Promise<{ sha256?: string }> {
  try {
    if (size <= RECORD_LIMIT_BYTES) {
      return { sha256: createHash("sha256").update(Deno.readFileSync(real)).digest("hex") };
    }
    using file = await Download.open(real, real, digests);
    return { sha256: (await file.digest()).sha256 };
  } catch (error) {
    const failure = osFailure(error, real);
    if (failure.code < 500) return {};
    throw failure;
  }
}
