/** An account database in a folder of its own, with no slow key derivation. */
import type { DatabaseSync } from "node:sqlite";
import type { Verifier } from "../../protocol/login/scram_keys.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import type { QuotaLedger, Reservation } from "../../users/quota_ledger.ts";
import { TempDir } from "../harness.ts";

/** A verifier that no password fits; `salt` tells two apart. */
export function someVerifier(salt = 1): Verifier {
  return {
    salt: new Uint8Array(16).fill(salt),
    iterations: 600_000,
    storedKey: new Uint8Array(32).fill(2),
    serverKey: new Uint8Array(32).fill(3),
  };
}

/** A fresh database that goes away with its owner. */
export class TempDatabase implements Disposable {
  readonly temp = new TempDir();
  readonly file = this.temp.join("ftp.db");
  readonly database: DatabaseSync = openDatabase(this.file);
  readonly accounts = new Accounts(this.database);

  /** Adds an account and returns its id. */
  add(name: string, quota: number | null): number {
    return this.accounts.add(name, someVerifier(), quota).id;
  }

  [Symbol.dispose](): void {
    this.database.close();
    this.temp[Symbol.dispose]();
  }
}

/** Reserves room for an upload of which only the size matters. */
export function reserve(ledger: QuotaLedger, userId: number, bytes: number): Reservation {
  return ledger.reserve(userId, { path: "/big.iso", bytes, source: "test" }, '"big.iso"');
}
