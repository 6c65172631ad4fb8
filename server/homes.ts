/** The homes of all users: what they share, how one is opened, and what is done for them now and then. */
import type { DatabaseSync } from "node:sqlite";
import { stagingName } from "../files/staging_name.ts";
import { type Account, Accounts } from "../users/accounts.ts";
import { QuotaLedger } from "../users/quota_ledger.ts";
import type { Root } from "../users/root.ts";
import { rootId } from "../users/root_id.ts";
import { UploadRecords } from "../users/upload_records.ts";
import { catchUp, sweepParts } from "./housekeeping.ts";
import type { Log } from "./log/log.ts";
import { recover, type Recovery } from "./recovery.ts";
import { DigestCache } from "./storage/digest_cache.ts";
import { Home } from "./storage/home.ts";
import { OpenFiles } from "./storage/open_files.ts";
import { UploadRegistry } from "./storage/upload_registry.ts";
import { type SharedPlace, type UserPlace, userPlace } from "./storage/user_place.ts";
import type { OnWork } from "./storage/work.ts";

/** The homes of one root. */
export class Homes {
  readonly #accounts: Accounts;
  readonly #ledger: QuotaLedger;
  readonly #uploads: UploadRegistry;
  readonly #openFiles: OpenFiles;
  readonly #shared: SharedPlace;
  readonly #log: Log;
  readonly #recovery: Recovery;

  /**
   * Puts right what a server left that did not stop by itself.
   *
   * @param options `diskReserve`: bytes that must stay free; `groupedFiles`: small files that may be open at once
   */
  constructor(
    database: DatabaseSync,
    options: { root: Root; log: Log; diskReserve: number | undefined; groupedFiles: number },
  ) {
    const { root, log, diskReserve } = options;
    const records = new UploadRecords(database);
    const hidden = stagingName(rootId(database));
    this.#log = log;
    this.#accounts = new Accounts(database);
    this.#ledger = new QuotaLedger(database);
    this.#uploads = new UploadRegistry(this.#ledger, records, {
      onTrouble: (error) => void log.failure("not tidied", error),
    });
    this.#openFiles = new OpenFiles(options.groupedFiles);
    this.#shared = { ...root, hidden, digests: new DigestCache(), diskReserve };
    this.#recovery = recover(database, { root, records, log, hidden, placeOf: (account) => this.#placeOf(account) });
  }

  /** Opens a home; `onWork` is called as `HomeOptions` says. */
  open(account: Account, onWork: OnWork): Home {
    return new Home({
      place: this.#placeOf(account),
      ledger: this.#ledger,
      uploads: this.#uploads,
      openFiles: this.#openFiles,
      onWork,
    });
  }

  /** To be called about once a second. */
  keep(): void {
    catchUp(this.#ledger, this.#log);
    sweepParts(this.#uploads.parts, {
      accounts: this.#accounts,
      placeOf: (account) => this.#placeOf(account),
      log: this.#log,
    });
  }

  /** To be called when all sessions are over: the next start has nothing to put right. */
  finish(): void {
    if (!this.#ledger.isBehind) this.#recovery.finish();
  }

  #placeOf(account: Account): UserPlace {
    return userPlace(account, this.#shared);
  }
}
