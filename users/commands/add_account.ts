/** A new account with its home: there are both afterwards, or neither. */
import type { DatabaseSync } from "node:sqlite";
import { formatSize } from "../../console/size.ts";
import { quote } from "../../protocol/text.ts";
import type { Account, Accounts } from "../accounts.ts";
import { giveBackHome, takeHome } from "../home_folder.ts";
import { recount } from "../recount.ts";

/** The account to make. `adopt`: whether a home that is there is taken over. */
export interface NewAccount {
  readonly database: DatabaseSync;
  readonly accounts: Accounts;
  readonly home: string;
  readonly adopt: boolean;
  /** Called for each file or folder that cannot be counted. */
  readonly onUnread: (path: string) => void;
}

/** The account, and whether its home was there already. */
export interface AddedAccount {
  readonly account: Account;
  readonly isAdopted: boolean;
}

/** Makes the home, adds the account, and counts what is in the home. @throws as `takeHome`, and what `add` throws */
export function addAccount(
  { database, accounts, home, adopt, onUnread }: NewAccount,
  add: () => Account,
): AddedAccount {
  const isAdopted = takeHome(home, { adopt });
  let account: Account | undefined;
  try {
    account = add();
    recount(database, account.id, home, { onUnread });
    return { account: accounts.get(account.name), isAdopted };
  } catch (error) {
    if (account) accounts.remove(account.id);
    if (!isAdopted) giveBackHome(home);
    throw error;
  }
}

/** What `--adopt-home` did, as the end of a sentence. */
export function adoption(home: string, { account, isAdopted }: AddedAccount): string {
  return isAdopted
    ? `; took over ${quote(home)} with the ${formatSize(account.used)} in it`
    : `; there was no home ${quote(home)} to take over`;
}
