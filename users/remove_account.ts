/** Removal of an account with what it leaves. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { HAS_VOLUME_STAGING, stagingName } from "../files/staging_name.ts";
import { reasonOf } from "../console/reason.ts";
import { StatusError } from "../protocol/status.ts";
import type { Account, Accounts } from "./accounts.ts";
import { checkNoMounts, removeTree } from "./purge.ts";
import type { Root } from "./root.ts";
import { rootId } from "./root_id.ts";

/** What it works on. */
export interface RemovalParts {
  readonly root: Root;
  readonly database: DatabaseSync;
  readonly accounts: Accounts;
}

/**
 * Removes an account and its uploads that wait: they must not be the next owner's of the name. With `purge` also its home.
 *
 * @returns whether the home stays, empty, because it is a mount
 * @throws {StatusError} 406 when something is mounted in the home: nothing is done then; 500 when the account is gone and
 *   not all that it left is
 */
export function removeAccount(
  { root, database, accounts }: RemovalParts,
  { id, name }: Account,
  { purge }: { purge: boolean },
): { staysEmpty: boolean } {
  const home = join(root.homes, name);
  if (purge) checkNoMounts(home);
  const hidden = stagingName(rootId(database));
  accounts.remove(id);
  try {
    const others = HAS_VOLUME_STAGING ? [join(root.homes, hidden), join(home, hidden)] : [];
    for (const top of [root.staging, ...others]) removeTree(join(top, name));
    return purge ? removeTree(home) : { staysEmpty: false };
  } catch (cause) {
    throw new StatusError(500, `Removed ${name}, but not all of their files: ${reasonOf(cause)}`, { cause });
  }
}
