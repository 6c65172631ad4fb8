/** One small file from staging to its place. At once, since it is small. */
import { dirname, join } from "@std/path";
import { isExecutable } from "../../files/file_mode.ts";
import { mtimeOf } from "../../files/file_time.ts";
import { infoOf } from "../../files/lookup.ts";
import { createPrivate } from "../../files/open.ts";
import { tryRemove } from "../../files/remove.ts";
import { rename } from "../../files/rename.ts";
import { fill, readWhole } from "../../files/small_file.ts";
import { isOtherVolume } from "../../files/volume.ts";
import { atStaged } from "./install.ts";
import type { Staging } from "./staging.ts";

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
    return atStaged(staged, path, () => rename(staged, place));
  } catch (error) {
    const other = isOtherVolume(error) && staging.otherPlaceFor(dirname(place), dirname(staged));
    if (!other) throw error;
    const copy = join(other, crypto.randomUUID());
    try {
      copySmall(staged, copy);
      rename(copy, place);
    } finally {
      tryRemove(copy);
    }
    tryRemove(staged);
  }
}

function copySmall(from: string, to: string): void {
  const info = infoOf(from);
  using file = createPrivate(to, { exec: isExecutable(info) });
  fill(file, { content: readWhole(from), mtime: mtimeOf(info) });
  file.syncSync();
}
