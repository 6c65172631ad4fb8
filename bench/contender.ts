/** Who takes part: programs that can do what a workload asks for, and the servers behind them. */
import type { Job } from "./job.ts";

/** What a workload may ask for. */
export type Action =
  /** One file from the served folder into a local folder. */
  | "get"
  /** One local file into a served folder. */
  | "put"
  /** A folder with all that is in it, into a local folder. */
  | "getTree"
  /** A local folder into a served folder. */
  | "putTree"
  /** The same when it is there already, unchanged. */
  | "putTreeAgain"
  /** A local folder into a served folder, and on the disk when the program ends. */
  | "putTreeDurably"
  /** One file many times at once from one program, into `local/0`, `local/1`, … */
  | "getMany"
  /** The names in a served folder, one a line. */
  | "list"
  /** Log in, ask about one file, and leave. */
  | "login";

/** What an action is about. */
export interface Call {
  /** A name below the served folder. */
  readonly remote: string;
  /** An absolute path on this side. */
  readonly local: string;
  /** How many at once, for `getMany`. */
  readonly count: number;
}

/** One row of the tables. */
export interface Contender {
  readonly name: string;
  readonly isEncrypted: boolean;
  /** Whether it compares a digest of what arrived with one of what was sent. */
  readonly isVerified: boolean;
  /** It measures a limit and leaves no file to check. */
  readonly leavesNothing?: boolean;
  /** The folder on this machine that its server serves. */
  readonly served: string;
  readonly jobs: { readonly [A in Action]?: (call: Call) => Job };
}

/** A running server and the programs that talk to it. */
export interface Service extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  /** What was measured, for the report: program to version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Why a peer does not take part. */
export class Skipped extends Error {
  constructor(readonly peer: string, reason: string) {
    super(`${peer} is skipped: ${reason}`);
  }
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
