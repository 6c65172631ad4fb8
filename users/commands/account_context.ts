/** What all account commands share: the database of the root, and how they answer. */
import type { DatabaseSync } from "node:sqlite";
import type { Invocation } from "../../console/command_line.ts";
import { EXIT } from "../../console/exit_status.ts";
import { quote } from "../../protocol/text.ts";
import { type Account, Accounts } from "../accounts.ts";
import { openDatabase } from "../database.ts";
import { type Root, rootOf } from "../root.ts";

/** What a command works on. */
export interface AccountContext {
  readonly root: Root;
  readonly database: DatabaseSync;
  readonly accounts: Accounts;
}

/**
 * Opens the database for one command and closes it afterwards. Without `create` it must be there: a root that is misspelt
 * must not be made.
 *
 * @returns the exit status
 */
export async function withAccounts(
  invocation: Invocation,
  work: (context: AccountContext) => Promise<void> | void,
  { create = false } = {},
): Promise<number> {
  const root = rootOf(invocation);
  if (invocation.options.has("verbose")) {
    invocation.terminal.warn(`ftp: The root is ${quote(root.directory)}, its database ${quote(root.database)}`);
  }
  const database = openDatabase(root.database, { create });
  try {
    await work({ root, database, accounts: new Accounts(database) });
  } finally {
    database.close();
  }
  return EXIT.done;
}

/** What an account looks like to a program. */
export function recordOf({ name, quota, used, reserved, created, lastLogin }: Account) {
  return { name, quota, used, reserved, created, lastLogin };
}

/** Prints what was asked for: a sentence for people or a record for programs. */
export function answer({ options, terminal }: Invocation, sentence: string, record: Record<string, unknown>): void {
  terminal.write(options.has("json") ? `${JSON.stringify({ ok: true, ...record })}\n` : `${sentence}\n`);
}

/** Prints what was done; `--quiet` silences it for people. */
export function report(invocation: Invocation, sentence: string, record: Record<string, unknown>): void {
  if (invocation.options.has("json") || !invocation.options.has("quiet")) answer(invocation, sentence, record);
}

/** The option of a recount that reports each file and folder it cannot read. */
export function uncounted({ terminal }: Invocation): { onUnread(path: string): void } {
  return { onUnread: (path) => terminal.warn(`ftp: Not counted: ${quote(path)} cannot be read`) };
}
