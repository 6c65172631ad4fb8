/** One upload: staged, verified, and then in its place in one step. */
import { setMtime } from "../../files/file_time.ts";
import type { FileEnd } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { parentOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import type { DigestCache } from "./digest_cache.ts";
import { ChangingFolder, done, type Doubt, syncChange } from "./durable.ts";
import type { Jail } from "./jail.ts";
import { osFailure } from "./os_error.ts";
import type { StagedFile } from "./staged_file.ts";
import { checkTarget, removeIfThere, takeBack } from "./target.ts";

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
  readonly digests: DigestCache;
  readonly staged: StagedFile;
  readonly reservation: Reservation;
  /** Told when it is over. `isStored`: its file is where it belongs, and nothing of it is left in staging. */
  onEnd(end: { isStored: boolean }): void;
}

/** A file that is in its place. */
export interface Stored extends FileEnd {
  readonly doubt: Doubt | undefined;
}

/** Where an upload is. A spoiled one cannot be continued by anybody. */
type State = "running" | "spoiled" | "over";

/**
 * A running upload. Dispose of it in any case: what was not committed stays in staging with its reservation, to be
 * continued, unless a failure of its own spoiled it.
 */
export class Upload implements AsyncDisposable {
  readonly #plan: UploadPlan;
  readonly #parts: UploadParts;
  #state: State = "running";
  #ending: Promise<void> | undefined;
  #isMisplaced = false;

  constructor(plan: UploadPlan, parts: UploadParts) {
    this.#plan = plan;
    this.#parts = parts;
  }

  /** How much is there from an earlier time, and its digest. */
  get prefix(): FileEnd {
    return { size: this.#parts.staged.size, sha256: this.#parts.staged.digest };
  }

  /** Starts over: what is there is not what the client has. */
  async restart(): Promise<void> {
    await this.#guarded(() => this.#parts.staged.restart());
  }

  /**
   * Takes the next bytes; `onWritten` is called when they may be changed.
   *
   * @throws {StatusError} 409 when they are more than announced, 404 when the disk is full, 405 when a newer connection
   *   goes on with this upload
   */
  async write(chunk: Uint8Array, onWritten?: () => void): Promise<void> {
    await this.#guarded(async () => {
      const { path, size } = this.#plan;
      if (this.#parts.staged.size + chunk.length > size) {
        throw new StatusError(409, `More than the announced ${size} bytes arrived for ${quote(path)}`);
      }
      await this.#parts.staged.write(chunk, onWritten);
    });
  }

  /**
   * Puts the file in its place, if both sides agree on what it is.
   *
   * @param claim length and digest as the sender has them
   * @returns what it is, and what is not sure about it: once it is in its place nothing makes this a failure
   * @throws {StatusError} 409 when they are not those of what arrived; 402, 403, 407 when its place is no longer free for
   *   it; 405 as `write`
   */
  async commit(claim: FileEnd): Promise<Stored> {
    return await this.#guarded(async () => {
      const { path, size } = this.#plan;
      const arrived = await this.#parts.staged.finish();
      if (arrived.size !== size || arrived.size !== claim.size || arrived.sha256 !== claim.sha256) {
        throw new StatusError(
          409,
          `${quote(path)} did not arrive whole: ${arrived.size} bytes, sha256 ${arrived.sha256}, ` +
            `instead of ${claim.size} bytes, sha256 ${claim.sha256}`,
        );
      }
      this.#checkRunning();
      using folder = ChangingFolder.open(this.#parts.jail.folder(parentOf(path)));
      this.#parts.reservation.settle(() => this.#install(arrived));
      this.#state = "over";
      if (this.#isMisplaced) throw new StatusError(406, `The folder of ${quote(path)} was replaced`);
      return { ...arrived, doubt: await syncChange(done("Stored", path), folder) };
    });
  }

  /** Lets a newer connection go on: this one can write nothing more from now on. */
  async yieldToNewer(): Promise<void> {
    await (this.#ending ??= this.#end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#ending ??= this.#end());
  }

  /** Renames it over what is there; without an `await`, nothing of this process comes between check and rename. */
  #install({ size, sha256 }: FileEnd): number {
    const { path, mtime, create, exec } = this.#plan;
    const { jail, staged } = this.#parts;
    const { place, info } = checkTarget(jail, path, create);
    setMtime(staged.path, mtime);
    // Windows has no such bit.
    if (exec && Deno.build.os !== "windows") Deno.chmodSync(staged.path, 0o700);
    Deno.renameSync(staged.path, place);
    // The home has changed: from here on nothing may throw before that is booked.
    const replaced = info?.isFile ? info.size : 0;
    this.#isMisplaced = !this.#isInPlace(place);
    if (this.#isMisplaced) return (takeBack(place) ? 0 : size) - replaced;
    this.#remember(place, sha256);
    return size - replaced;
  }

  /** Whether the folder is still the one that was checked, and not a link that somebody put there meanwhile. */
  #isInPlace(place: string): boolean {
    try {
      return this.#parts.jail.place(this.#plan.path) === place;
    } catch (error) {
      // Only a folder that leads outside says that it is not: a disk that fails now had no objection to the rename.
      return !(error instanceof StatusError && error.code === 406);
    }
  }

  #remember(place: string, sha256: string): void {
    try {
      this.#parts.digests.set(Deno.lstatSync(place), sha256);
    } catch {
      // What is not remembered is computed again.
    }
  }

  #checkRunning(): void {
    if (this.#ending) throw new StatusError(405, "A newer connection goes on with this upload");
  }

  /** Runs a step; what it throws, but for being too late, spoils the upload. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    this.#checkRunning();
    try {
      return await step();
    } catch (error) {
      this.#checkRunning();
      if (this.#state === "running") this.#state = "spoiled";
      throw osFailure(error, this.#plan.path);
    }
  }

  async #end(): Promise<void> {
    const { staged, reservation, onEnd } = this.#parts;
    const keep = this.#state === "running" && staged.size > 0;
    try {
      if (keep) await staged.suspend();
    } catch (error) {
      this.#state = "spoiled";
      throw osFailure(error, this.#plan.path);
    } finally {
      await staged.close();
      try {
        if (this.#state !== "over" && !(keep && this.#state === "running")) discard(staged.path, reservation);
      } finally {
        onEnd({ isStored: this.#state === "over" });
      }
    }
  }
}

/** The file first: a disk that is full has room for the database again then. What is left of it goes at the next start. */
function discard(path: string, reservation: Reservation): void {
  try {
    removeIfThere(path);
  } finally {
    reservation.release();
  }
}
