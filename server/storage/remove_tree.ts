/** Removal of files and whole folders, booked in steps so that other sessions get their turn. */
import { join } from "@std/path";
import { atDisk, osFailure } from "./os_error.ts";

const STEP_ENTRIES = 500;

interface Step {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

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
  const steps = atDisk(subject, () => childrenFirst(top));
  for (let at = 0; at < steps.length; at += STEP_ENTRIES) {
    let failure: unknown;
    book(() => {
      const before = total.bytes;
      // What went before a failure is gone and has to be booked all the same.
      try {
        for (const step of steps.slice(at, at + STEP_ENTRIES)) removeOne(step, total);
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

function removeOne({ path, info }: Step, total: { files: number; bytes: number }): void {
  Deno.removeSync(path);
  if (!info.isFile) return;
  total.files++;
  total.bytes += info.size;
}

/** Everything under a path and the path itself, what is inside a folder before the folder. */
function childrenFirst(top: string): Step[] {
  const found: Step[] = [];
  const waiting = [top];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const info = Deno.lstatSync(path);
    found.push({ path, info });
    if (info.isDirectory) { for (const entry of Deno.readDirSync(path)) waiting.push(join(path, entry.name)); }
  }
  return found.reverse();
}
