/** One run over a tree: what is counted, what failed, and what the screen shows. */
import { counted } from "../../console/size.ts";
import { type StatusCode, type StatusDetails, StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isConnectionLoss } from "../connection/link.ts";
import { ListBound } from "../connection/list_bound.ts";
import { noteFailure } from "../connection/list_remote.ts";
import type { TransferResult, Watcher } from "../progress/watcher.ts";
import { isStop } from "../connection/stopped.ts";
import type { TreeItem, TreeOptions, TreeTotals } from "./entry.ts";
import { bytesOf } from "./sharing.ts";

/** Files by name with their bytes, now where they belong. */
export type Arrived = Iterable<readonly [name: string, bytes: number]>;

/** Why something failed. Not the error itself: there may be a million of them. */
export interface TreeFailure {
  readonly name: string;
  readonly code: StatusCode;
  readonly message: string;
  readonly details: StatusDetails;
}

/** Something that was not taken along, and is no failure. */
export interface Skipped {
  readonly name: string;
  readonly why: string;
  /** How many things that are. */
  readonly count: number;
}

/** What a job reports besides the totals. */
interface JobOptions {
  /** What moving a file is called in the actions. */
  readonly verb?: "send" | "receive";
  /** Whether the actions are kept. */
  readonly keepsActions?: boolean;
  /** Called with files, few or many at once, when both sides agree that they are whole and in their places. */
  readonly onArrived?: ((files: Arrived) => void) | undefined;
}

/** Counts and notes. It moves nothing itself. */
export class TreeJob {
  readonly options: TreeOptions;
  readonly totals: TreeTotals = { files: 0, bytes: 0, unchanged: 0, removed: 0, failed: 0 };
  readonly failures: TreeFailure[] = [];
  /** Links, special files, names that cannot be said: named, but no failures. */
  readonly skipped: Skipped[] = [];
  /** What `--delete` has not removed although the source does not have it. */
  readonly leftAlone: string[] = [];
  /** What is done, and not sure to last: no failures either. */
  readonly warnings: string[] = [];
  /** What was, or with `dryRun` would be, done: `send NAME` or `receive NAME`, `remove NAME`. */
  readonly actions: string[] = [];
  readonly #watcher: Watcher;
  readonly #verb: string;
  readonly #keepsActions: boolean;
  /** Failures and warnings: a server can send any number of them. */
  readonly #said = new ListBound(undefined, "The list of failures");
  /** Reports that files are where they belong. */
  readonly arrived: (files: Arrived) => void;

  constructor(
    options: TreeOptions,
    watcher: Watcher,
    { verb = "send", keepsActions = true, onArrived = () => {} }: JobOptions = {},
  ) {
    this.options = options;
    this.#watcher = watcher;
    this.#verb = verb;
    this.#keepsActions = keepsActions;
    this.arrived = onArrived;
  }

  /** These are to be moved. */
  begin(items: readonly TreeItem[]): void {
    this.#watcher.begin("transfer", bytesOf(items));
  }

  /** A link or special file is not followed and not moved. */
  skip(name: string): void {
    this.skipped.push({ name, why: "a link, or neither a file nor a folder", count: 1 });
  }

  /** A folder of the server holds names that the protocol cannot say. */
  skipUnsayable(folder: string, count: number): void {
    this.skipped.push({ name: `${counted(count, "name")} in ${quote(folder)}`, why: "cannot be said", count });
  }

  /** @throws {StatusError} 413 when there are too many failures */
  fail(name: string, error: unknown): void {
    const { code, message, details } = error instanceof StatusError ? error : new StatusError(500, String(error));
    this.#said.keep(message);
    this.totals.failed++;
    this.failures.push({ name, code, message, details });
  }

  /** The server reported a failure. */
  reported(name: string, { code, message }: { readonly code: number; readonly message: string }): void {
    this.fail(name, noteFailure({ code, message }));
  }

  /** Does something for one file, and notes its failure. */
  attempt<T>(name: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.fail(name, error);
      return undefined;
    }
  }

  /** Takes what the server says of something that it has done. */
  answered({ warning }: { readonly warning?: string }): void {
    if (warning === undefined) return;
    this.#said.keep(warning);
    this.warnings.push(warning);
  }

  /** A file is on its way, or here. */
  moved(name: string, bytes: number): void {
    this.totals.files++;
    this.totals.bytes += bytes;
    this.#did(this.#verb, name);
    this.#watcher.label(name);
    this.#watcher.advance(bytes);
  }

  /** A file that was on its way did not get there. */
  refused(name: string, bytes: number, error: unknown): void {
    this.totals.files--;
    this.totals.bytes -= bytes;
    this.fail(name, error);
  }

  /** Removes one thing, or with `dryRun` says so, and notes how it went. */
  async removing(name: string, work: () => unknown): Promise<void> {
    try {
      if (!this.options.dryRun) await work();
      this.totals.removed++;
      this.#did("remove", name);
    } catch (error) {
      if (endsAll(error)) throw error;
      this.fail(name, error);
    }
  }

  /**
   * Moves one file on its own, and notes how it went. Only the loss of the connection, or being stopped, ends more than
   * that.
   */
  async single(item: TreeItem, work: (watcher: Watcher) => Promise<TransferResult>): Promise<void> {
    using watcher = this.#watcher.file(item.name);
    try {
      const { code, moved, size, ...more } = await work(watcher);
      this.answered(more);
      if (code === 203) {
        this.totals.unchanged++;
        return;
      }
      this.totals.bytes += moved;
      this.totals.files++;
      this.#did(this.#verb, item.name);
      this.arrived([[item.name, size]]);
    } catch (error) {
      if (endsAll(error)) throw error;
      this.fail(item.name, error);
    }
  }

  #did(what: string, name: string): void {
    if (this.#keepsActions) this.actions.push(`${what} ${name}`);
  }
}

/** Whether a failure is not one of a single file: the connection is lost, or the user has stopped. */
function endsAll(error: unknown): boolean {
  return isConnectionLoss(error) || isStop(error);
}

/** The sentence for what is of another kind on the other side. */
export function inTheWay(name: string, where: string): StatusError {
  return new StatusError(407, `${quote(name)} is of another kind ${where}`);
}

/** The sentence for a removal that is not done because it is not known what the source has. */
export function nothingRemoved(): StatusError {
  return new StatusError(406, "Nothing was removed: not all of the source could be read");
}
