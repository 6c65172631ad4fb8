/** The one place where the operating system's errors become status codes. */
import { type StatusCode, StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";

type Row = readonly [code: StatusCode, sentence: string];

/** By `error.code`, the POSIX name; it decides before the class does. */
const BY_POSIX_NAME: Readonly<Record<string, Row>> = {
  ENOSPC: [404, "The server's disk is full"],
  EDQUOT: [404, "The server's disk quota is used up"],
  EFBIG: [404, "The file is too large for the server's file system"],
  EXDEV: [406, "It is on another volume than the folder it goes to"],
  EROFS: [500, "The server's disk is read-only"],
  ENOTEMPTY: [403, "The folder is not empty"],
  ENAMETOOLONG: [411, "The name is too long for the server's file system"],
  EINVAL: [411, "The server's file system does not take this name"],
  ENOTDIR: [407, "It is not a folder"],
  EISDIR: [407, "It is a folder"],
  EBUSY: [406, "It is a mount, or the server's system uses it"],
  ELOOP: [406, "Its links lead nowhere"],
  EMFILE: [503, "The server has too many files open"],
  ENFILE: [503, "The server has too many files open"],
};

/** By class of `Deno.errors`. */
const BY_CLASS: Readonly<Record<string, Row>> = {
  NotFound: [402, "It does not exist"],
  AlreadyExists: [403, "It exists already"],
  PermissionDenied: [406, "The server is not permitted to do that"],
  NotCapable: [406, "The server is not permitted to do that"],
  NotADirectory: [407, "It is not a folder"],
  IsADirectory: [407, "It is a folder"],
  FilesystemLoop: [406, "Its links lead nowhere"],
  InvalidData: [411, "The server's file system does not take this name"],
  TimedOut: [408, "The server's disk timed out"],
  Busy: [503, "It is in use"],
};

/**
 * The failure that an error of the operating system becomes. Errors of ours pass unchanged; an unknown one becomes 500.
 *
 * @param error what was caught
 * @param subject the name or path that the user knows it by
 */
export function osFailure(error: unknown, subject: string): StatusError {
  if (error instanceof StatusError) return error;
  const { code, name } = error instanceof Error ? error as Error & { code?: string } : { code: undefined, name: "" };
  const row = (code && BY_POSIX_NAME[code]) || BY_CLASS[name];
  if (!row) return new StatusError(500, `The server failed at ${quote(subject)}`, { cause: error });
  return new StatusError(
    row[0],
    `Cannot use ${quote(subject)}: ${lowerFirst(row[1])}${row[0] === 402 ? orUnsayable(subject) : ""}`,
    {
      cause: error,
    },
  );
}

/** The failure of what is not there. */
export function missing(subject: string): StatusError {
  return new StatusError(402, `${quote(subject)} does not exist${orUnsayable(subject)}`);
}

/** Where a name holds U+FFFD, something may be there, and only its real name cannot be said. */
function orUnsayable(subject: string): string {
  return subject.includes("\ufffd") ? " by this name; one that is not UTF-8 cannot be said" : "";
}

function lowerFirst(sentence: string): string {
  return sentence[0]!.toLowerCase() + sentence.slice(1);
}

/** Runs file-system work; what it throws becomes a failure that names `subject`. */
export function translateOsErrors<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw osFailure(error, subject);
  }
}
