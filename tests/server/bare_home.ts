/** A home without a server: storage alone, on a real disk with a real database. */
import { createHash } from "node:crypto";
import { Chunk } from "../../protocol/frame/chunk.ts";
import { stagingName } from "../../files/staging_name.ts";
import { TOP, virtualPath } from "../../protocol/virtual_path.ts";
import { DigestCache } from "../../server/storage/digest_cache.ts";
import { Home } from "../../server/storage/home.ts";
import { OpenFiles } from "../../server/storage/open_files.ts";
import type { Clocks } from "../../server/storage/part_ages.ts";
import { UploadRegistry } from "../../server/storage/upload_registry.ts";
import { type UserPlace, userPlace } from "../../server/storage/user_place.ts";
import { openDatabase } from "../../users/database.ts";
import { QuotaLedger } from "../../users/quota_ledger.ts";
import { UploadRecords } from "../../users/upload_records.ts";
import { TempDir } from "../harness.ts";

const USER = 1;

/** One user's home with 100 MB. */
export class BareHome implements Disposable {
  readonly #temp = new TempDir();
  readonly #database = openDatabase(this.#temp.join("ftp.db"));
  readonly ledger = new QuotaLedger(this.#database);
  readonly folder = this.#temp.join("home", "alice");
  readonly staging = this.#temp.join("staging", "alice");
  readonly place: UserPlace;
  readonly uploads: UploadRegistry;
  readonly home: Home;
  /** Called when the home has done a piece of work. */
  onWork: () => void = () => {};

  constructor(clocks?: Clocks) {
    Deno.mkdirSync(this.folder, { recursive: true });
    this.#database.exec(
      "INSERT INTO users (name, salt, iterations, stored_key, server_key, quota, created) " +
        `VALUES ('alice', x'00', 1, x'00', x'00', 100000000, 0)`,
    );
    const shared = {
      homes: this.#temp.join("home"),
      staging: this.#temp.join("staging"),
      hidden: stagingName("test"),
      digests: new DigestCache(),
      diskReserve: 0,
    };
    this.place = userPlace({ id: USER, name: "alice" }, shared);
    this.uploads = new UploadRegistry(this.ledger, new UploadRecords(this.#database), clocks ? { clocks } : {});
    const openFiles = new OpenFiles(1_024);
    const onWork = () => this.onWork();
    this.home = new Home({ place: this.place, ledger: this.ledger, uploads: this.uploads, openFiles, onWork });
  }

  get used(): number {
    return this.ledger.usage(USER).used;
  }

  /** Stores a file of so many zeros. */
  async put(name: string, size: number): Promise<void> {
    const content = new Uint8Array(size);
    const path = virtualPath(name, TOP);
    await using upload = await this.home.upload({ path, size, mtime: 0, create: false, source: "", exec: false });
    if (size > 0) await upload.write(new Chunk(content));
    await upload.commit({ size, sha256: createHash("sha256").update(content).digest("hex") });
  }

  [Symbol.dispose](): void {
    this.#database.close();
    this.#temp[Symbol.dispose]();
  }
}
