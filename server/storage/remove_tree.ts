/** Removal of files and whole folders, booked in steps so that other sessions get their turn. */
import { counted, formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { osFailure } from "./os_error.ts";
import { type Doomed, doomedUnder, type Gone, takeAway } from "./removal.ts";
import type { OnWork } from "./work.ts";

const STEP_ENTRIES = 500;

/**
 * Removes a file, or a folder with all in it. Links are removed, never followed; mounts are never entered.
 *
 * @param top what is to go
 * @param subject the name the user knows it by
 * @param options `book` runs a piece of work and books the change in bytes that it returns
 * @returns how many files went and how many bytes they were
 * @throws {StatusError} 406 before anything is removed when something below is a mount or cannot be read; else what a step
 *   failed with: when something went before that, the sentence and the details say how much
 */
export async function removeTree(
  top: string,
  subject: string,
  { book, onWork }: { book: (work: () => number) => void; onWork: OnWork },
): Promise<{ files: number; bytes: number }> {
  const total: Gone = { files: 0, folders: 0, bytes: 0 };
  const doomed = await doomedUnder(top, subject, onWork);
  for (let at = 0; at < doomed.length; at += STEP_ENTRIES) {
    let failure: unknown;
    try {
      book(() => {
        const before = total.bytes;
        // What went before a failure is gone and has to be booked all the same.
        try {
          for (const one of doomed.slice(at, at + STEP_ENTRIES)) removeOne(one, total);
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
    onWork(STEP_ENTRIES);
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

function removeOne(doomed: Doomed, total: Gone): void {
  const { files, folders, bytes } = takeAway(doomed);
  total.files += files;
  total.folders += folders;
  total.bytes += bytes;
}
