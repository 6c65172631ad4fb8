/** One upload: staged, verified, and then in its place in one step. */
import { isOtherVolume } from "../../files/volume.ts";
import { ChangingFolder } from "../../files/durable.ts";
import type { FileDigest } from "../../files/hashed_writer.ts";
import { removeIfThere, tryRemove } from "../../files/remove.ts";
import type { Chunk } from "../../protocol/frame/chunk.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { parentOf } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import { done, type Doubt, syncChange } from "./doubt.ts";
import { install } from "./install.ts";
import { osFailure } from "./os_error.ts";
import { restaged } from "./restage.ts";
import type { StagedFile } from "./staged_file.ts";
import type { Stored, UploadParts, UploadPlan } from "./upload_plan.ts";

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
  #staged: StagedFile;

  constructor(plan: UploadPlan, parts: UploadParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#staged = parts.staged;
  }

  /** How much is there from an earlier time, and its digest. */
  get prefix(): FileDigest {
    return this.#staged.digest();
  }

  /** Starts over: what is there is not what the client has. */
  async restart(): Promise<void> {
    await this.#guarded(() => this.#staged.restart());
  }

  /**
   * Takes the next bytes, which it owns from now on.
   *
   * @throws {StatusError} 409 when they are more than announced, 404 when the disk is full, 405 when a newer connection
   *   goes on with this upload
   */
  async write(chunk: Chunk): Promise<void> {
    await this.#guarded(async () => {
      const { path, size } = this.#plan;
      if (this.#staged.size + chunk.length > size) {
        throw new StatusError(409, `More than the announced ${size} bytes arrived for ${quote(path)}`);
      }
      await this.#staged.write(chunk);
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
  async commit(claim: FileDigest): Promise<Stored> {
    return await this.#guarded(async () => {
      const { path, size } = this.#plan;
      const arrived = await this.#staged.finish();
      if (arrived.size !== size || arrived.size !== claim.size || arrived.sha256 !== claim.sha256) {
        throw new StatusError(
          409,
          `${quote(path)} did not arrive whole: ${arrived.size} bytes, sha256 ${arrived.sha256}, ` +
            `instead of ${claim.size} bytes, sha256 ${claim.sha256}`,
        );
      }
      this.#checkRunning();
      return { ...arrived, doubt: await this.#place(arrived) };
    });
  }

  /** Gives up what has arrived: nobody can finish it. */
  giveUp(): void {
    if (this.#state === "running") this.#state = "spoiled";
  }

  /** Lets a newer connection go on: this one can write nothing more from now on. */
  async yieldToNewer(): Promise<void> {
    await (this.#ending ??= this.#end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#ending ??= this.#end());
  }

  /** Puts it in its place, from where it is or, when that has turned out to be another volume, from a copy there. */
  async #place(arrived: FileDigest): Promise<Doubt | undefined> {
    try {
      return await this.#settle(arrived);
    } catch (error) {
      if (!isOtherVolume(error)) throw error;
    }
    await this.#restage(arrived);
    this.#checkRunning();
    return await this.#settle(arrived);
  }

  async #settle(arrived: FileDigest): Promise<Doubt | undefined> {
    const { jail, digests, reservation } = this.#parts;
    const { path } = this.#plan;
    using folder = ChangingFolder.open(jail.folder(parentOf(path)));
    let isMisplaced = false;
    reservation.settle(() => {
      const installed = install({ ...this.#plan, staged: this.#staged.path, arrived }, { jail, digests });
      isMisplaced = installed.isMisplaced;
      return installed.gained;
    });
    this.#state = "over";
    if (isMisplaced) throw new StatusError(406, `The folder of ${quote(path)} was replaced`);
    return await syncChange(done("Stored", path), folder);
  }

  /** Goes on with a copy on the volume of its place. */
  async #restage({ sha256 }: FileDigest): Promise<void> {
    const { jail, staging, reservation, onWork } = this.#parts;
    const { path } = this.#plan;
    const old = this.#staged;
    const folder = jail.folder(parentOf(path));
    const checkGoing = () => {
      this.#checkRunning();
      onWork(1);
    };
    const copy = await restaged(old.path, { subject: path, id: reservation.id, folder, staging, sha256, checkGoing });
    if (this.#ending) {
      // Somebody took over at the last moment, and has what was there.
      await copy.close();
      tryRemove(copy.path);
      this.#checkRunning();
    }
    this.#staged = copy;
    await old.close();
    tryRemove(old.path);
  }

  #checkRunning(): void {
    if (this.#ending) throw new StatusError(405, "A newer connection goes on with this upload");
  }

  /** Runs a step; what it throws, but for being too late or being stopped, spoils the upload. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    this.#checkRunning();
    try {
      return await step();
    } catch (error) {
      this.#checkRunning();
      const isStop = error instanceof StatusError && error.code === 206;
      if (this.#state === "running" && !isStop) this.#state = "spoiled";
      throw osFailure(error, this.#plan.path);
    }
  }

  async #end(): Promise<void> {
    const { reservation, onEnd } = this.#parts;
    const staged = this.#staged;
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
        onEnd({ isStored: this.#state === "over", file: staged.path });
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
