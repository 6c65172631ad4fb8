/** Removal of files and whole folders, booked in steps so that other sessions get their turn. */
import { join } from "@std/path";
import { atDisk, osFailure } from "./os_error.ts";

const STEP_ENTRIES = 500;

/**
 * Removes a file, or a folder with all in it. Links are removed, never followed.
 *
 * @param top what is to go
 * @param subject the name the user knows it by
 * @param book runs a piece of work and books the change in bytes that it returns
 * @returns how many files went and how many bytes they were
 */
export async function removeTree(
  top: string,
  subject: string,
  book: (work: () => number) => void,
): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  const paths = atDisk(subject, () => childrenFirst(top));
  for (let at = 0; at < paths.length; at += STEP_ENTRIES) {
    let failure: unknown;
    book(() => {
      const before = total.bytes;
      // What went before a failure is gone and has to be booked all the same.
      try {
        for (const path of paths.slice(at, at + STEP_ENTRIES)) removeOne(path, total);
      } catch (error) {
        failure = error;
      }
      return before - total.bytes;
    });
    if (failure) throw osFailure(failure, subject);
    // Other sessions get their turn between two steps.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return total;
}

function removeOne(path: string, total: { files: number; bytes: number }): void {
  // What is there now is what goes: it may have been replaced since the walk.
  const info = Deno.lstatSync(path);
  Deno.removeSync(path);
  if (!info.isFile) return;
  total.files++;
  total.bytes += info.size;
}

/** Everything under a path and the path itself, what is inside a folder before the folder. */
function childrenFirst(top: string): string[] {
  const found: string[] = [];
  const waiting = [top];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    found.push(path);
    if (Deno.lstatSync(path).isDirectory) {
      for (const entry of Deno.readDirSync(path)) waiting.push(join(path, entry.name));
    }
  }
  return found.reverse();
}
