/** What a server does about once a second, whether or not a client is connected. */
import type { Account, Accounts } from "../users/accounts.ts";
import type { QuotaLedger } from "../users/quota_ledger.ts";
import type { Log } from "./log/log.ts";
import type { PartShelf } from "./storage/part_shelf.ts";
import type { UserPlace } from "./storage/user_place.ts";

/** Forgets parts that are too old. A database that is locked just now does not matter. */
export function sweepParts(
  parts: PartShelf,
  { accounts, placeOf, log }: { accounts: Accounts; placeOf: (account: Account) => UserPlace; log: Log },
): void {
  try {
    parts.sweep((userId) => {
      const account = accounts.list().find(({ id }) => id === userId);
      return account && placeOf(account);
    });
  } catch (error) {
    log.failure("parts not looked at", error);
  }
}

/** Tries again to book what a full disk kept from being booked. */
export function catchUp(ledger: QuotaLedger, log: Log): void {
  if (!ledger.isBehind) return;
  try {
    ledger.catchUpAtOnce();
  } catch (error) {
    log.stranger("ledger", "not booked yet", { cause: error instanceof Error ? error.message : String(error) });
  }
}
