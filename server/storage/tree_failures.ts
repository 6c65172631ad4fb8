/** What of a tree could not be stored, kept to the end of it. */
import { counted } from "../../console/size.ts";
import { type StatusCode, StatusError } from "../../protocol/status.ts";
import { osFailure } from "./os_error.ts";

/** One file that could not be stored, and why. */
export interface StoreFailure {
  readonly name: string;
  readonly code: StatusCode;
  readonly message: string;
}

/** How much is kept, in characters. */
const MOST_FAILURES = 8 * 1024 ** 2;

/** Notes failures of single files. */
export class TreeFailures {
  readonly #list: StoreFailure[] = [];
  #length = 0;

  get list(): readonly StoreFailure[] {
    return this.#list;
  }

  /** A file that fails is noted; the others go on. A full disk, or a failure of the server, ends all. */
  noting(name: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const { code, message } = osFailure(error, name);
      if (code === 404 || code >= 500) throw error;
      this.#list.push({ name, code, message });
      this.#length += name.length + message.length;
      if (this.#length > MOST_FAILURES) throw new StatusError(413, "Too many files of this tree were refused");
    }
  }
}

/** A failure of a whole store, which says what is in place all the same. */
export function afterStored(
  error: unknown,
  { files, folders, bytes }: { files: number; folders: number; bytes: number },
): unknown {
  if (!(error instanceof StatusError) || files + folders === 0) return error;
  const { code, message, details, cause } = error;
  const stored = `${counted(files, "file")} and ${counted(folders, "folder")} were stored before that`;
  return new StatusError(code, `${message}; ${stored}`, { details: { ...details, files, bytes }, cause });
}
