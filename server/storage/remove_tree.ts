/** Removal of files and whole folders, booked in steps so that other sessions get their turn. */
import { join, SEPARATOR } from "@std/path";
import { isStagingName } from "../../files/staging_name.ts";
import { counted, formatSize } from "../../protocol/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { atDisk, osFailure } from "./os_error.ts";

const STEP_ENTRIES = 500;

/** What went. */
interface Gone {
  files: number;
  folders: number;
  bytes: number;
}

/**
 * Removes a file, or a folder with all in it. Links are removed, never followed.
 *
 * @param top what is to go
 * @param subject the name the user knows it by
 * @param book runs a piece of work and books the change in bytes that it returns
 * @returns how many files went and how many bytes they were
 * @throws {StatusError} what a step failed with; when something went before that, the sentence and the details say how much
 */
export async function removeTree(
  top: string,
  subject: string,
  book: (work: () => number) => void,
): Promise<{ files: number; bytes: number }> {
  const total: Gone = { files: 0, folders: 0, bytes: 0 };
  const paths = atDisk(subject, () => childrenFirst(top));
  for (let at = 0; at < paths.length; at += STEP_ENTRIES) {
    let failure: unknown;
    try {
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
    } catch (error) {
      failure = error;
    }
    if (failure) throw halfDone(osFailure(failure, subject), total);
    // Other sessions get their turn between two steps.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { files: total.files, bytes: total.bytes };
}

/** A failure after which not all is as it was. */
function halfDone(failure: StatusError, { files, folders, bytes }: Gone): StatusError {
  if (files === 0 && folders === 0) return failure;
  const { code, message, details, cause } = failure;
  const gone = `${counted(files, "file")} (${formatSize(bytes)}) and ${
    counted(folders, "folder")
  } were removed before that`;
  return new StatusError(code, `${message}; ${gone}`, { details: { ...details, files, bytes }, cause });
}

function removeOne(path: string, total: Gone): void {
  // What is there now is what goes: it may have been replaced since the walk.
  const info = Deno.lstatSync(path);
  Deno.removeSync(path);
  if (info.isDirectory) total.folders++;
  // What a volume's staging held, where a copy of such a folder was left, was never counted.
  if (!info.isFile || path.split(SEPARATOR).some(isStagingName)) return;
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
