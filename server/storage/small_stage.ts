/** One small file on its way: into staging, and from there to its place. All at once, since it is small. */
import { dirname, join } from "@std/path";
import { mtimeOf, setMtime } from "../../files/file_time.ts";
import { isOtherVolume } from "../../files/volume.ts";
import { atStaged } from "./install.ts";
import type { Staging } from "./staging.ts";
import { removeIfThere, removeLeftover } from "./target.ts";

/** What it holds. `mtime` in ms. */
export interface SmallContent {
  readonly content: Uint8Array;
  readonly mtime: number | null | undefined;
  readonly exec: boolean;
}

/** Writes it; the file that is returned is still to be synced and closed. */
export function stageSmall(staged: string, { content, mtime, exec }: SmallContent): Deno.FsFile {
  const file = Deno.openSync(staged, { write: true, createNew: true, mode: exec ? 0o700 : 0o600 });
  try {
    for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
    setMtime(file, mtime);
    return file;
  } catch (error) {
    file.close();
    removeIfThere(staged);
    throw error;
  }
}

/**
 * Renames it over what is at its place, from a copy on that volume when it has turned out to be another one.
 *
 * @throws the error of the operating system; nothing has changed then
 */
export function installSmall(
  staged: string,
  { place, path, staging }: { place: string; path: string; staging: Staging },
) {
  try {
    return atStaged(staged, path, () => Deno.renameSync(staged, place));
  } catch (error) {
    const other = isOtherVolume(error) && staging.otherPlaceFor(dirname(place), dirname(staged));
    if (!other) throw error;
    const copy = join(other, crypto.randomUUID());
    try {
      copySmall(staged, copy);
      Deno.renameSync(copy, place);
    } finally {
      removeLeftover(copy);
    }
    removeLeftover(staged);
  }
}

function copySmall(from: string, to: string): void {
  const info = Deno.statSync(from);
  const exec = ((info.mode ?? 0) & 0o100) !== 0;
  using file = stageSmall(to, { content: Deno.readFileSync(from), mtime: mtimeOf(info), exec });
  file.syncSync();
}
