/** What an upload is to become, what it works with, and what comes of it. */
import type { FileDigest } from "../../files/hashed_writer.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import type { DigestCache } from "./digest_cache.ts";
import type { Doubt } from "./doubt.ts";
import type { Jail } from "./jail.ts";
import type { StagedFile } from "./staged_file.ts";
import type { Staging } from "./staging.ts";
import type { OnWork } from "./work.ts";

/** What an upload is to become. `create`: only where nothing is; `mtime` in ms; `source`: see `UploadSubject`. */
export interface UploadPlan {
  readonly path: VirtualPath;
  readonly size: number;
  readonly mtime: number | undefined;
  readonly create: boolean;
  readonly source: string;
  /** Whether its owner may execute it. */
  readonly exec: boolean;
}

/** What an upload works with. */
export interface UploadParts {
  readonly jail: Jail;
  readonly staging: Staging;
  readonly digests: DigestCache;
  readonly onWork: OnWork;
  readonly staged: StagedFile;
  readonly reservation: Reservation;
  /** Told when it is over. `isStored`: its file is where it belongs, and nothing of it is left in staging. */
  onEnd(end: { isStored: boolean; file: string }): void;
}

/** A file that is in its place. */
export interface Stored extends FileDigest {
  readonly doubt: Doubt | undefined;
}
