/** One upload: staged, verified, and then in its place in one step. */
import type { FileEnd } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { parentOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import { syncFolder } from "./durable.ts";
import type { Jail } from "./jail.ts";
import { atDisk, osFailure } from "./os_error.ts";
import type { StagedFile } from "./staged_file.ts";

/** What an upload is to become. `create`: only where nothing is; `mtime` in ms. */
export interface UploadPlan {
  readonly path: VirtualPath;
  readonly size: number;
  readonly mtime: number | undefined;
  readonly create: boolean;
}

/** A running upload. Dispose of it in any case: what was not committed is removed and its reservation goes back. */
export class Upload implements AsyncDisposable {
  readonly #plan: UploadPlan;
  readonly #jail: Jail;
  readonly #staged: StagedFile;
  readonly #reservation: Reservation;
  #isCommitted = false;

  constructor(plan: UploadPlan, parts: { jail: Jail; staged: StagedFile; reservation: Reservation }) {
    this.#plan = plan;
    this.#jail = parts.jail;
    this.#staged = parts.staged;
    this.#reservation = parts.reservation;
  }

  /**
   * Takes the next bytes.
   *
   * @throws {StatusError} 409 when they are more than announced, 404 when the disk is full
   */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#staged.size + chunk.length > this.#plan.size) {
      throw new StatusError(
        409,
        `More than the announced ${this.#plan.size} bytes arrived for ${quote(this.#plan.path)}`,
      );
    }
    try {
      await this.#staged.write(chunk);
    } catch (error) {
      throw osFailure(error, this.#plan.path);
    }
  }

  /**
   * Puts the file in its place, if both sides agree on what it is.
   *
   * @param claim length and digest as the sender has them
   * @throws {StatusError} 409 when they are not those of what arrived; 402, 403, 407 when its place is no longer free for it
   */
  async commit(claim: FileEnd): Promise<FileEnd> {
    const { path } = this.#plan;
    try {
      const arrived = await this.#staged.finish();
      if (arrived.size !== this.#plan.size || arrived.size !== claim.size || arrived.sha256 !== claim.sha256) {
        throw new StatusError(
          409,
          `${quote(path)} did not arrive whole: ${arrived.size} bytes, sha256 ${arrived.sha256}, ` +
            `instead of ${claim.size} bytes, sha256 ${claim.sha256}`,
        );
      }
      this.#reservation.settle(() => this.#install(arrived.size));
      this.#isCommitted = true;
      await syncFolder(this.#jail.existing(parentOf(path)));
      return arrived;
    } catch (error) {
      throw osFailure(error, path);
    }
  }

  /** Renames it over what is there; without an `await`, nothing of this process comes between check and rename. */
  #install(size: number): number {
    const { path, mtime, create } = this.#plan;
    const { place, info } = checkTarget(this.#jail, path, create);
    if (mtime !== undefined) Deno.utimeSync(this.#staged.path, mtime / 1000, mtime / 1000);
    Deno.renameSync(this.#staged.path, place);
    this.#checkPlace(place);
    return size - (info?.isFile ? info.size : 0);
  }

  /** A folder that somebody with access to the disk swapped for a link meanwhile took our file outside: take it back. */
  #checkPlace(place: string): void {
    if (this.#jail.place(this.#plan.path) === place) return;
    Deno.removeSync(place);
    throw new StatusError(406, `The folder of ${quote(this.#plan.path)} was replaced`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#staged.close();
    if (this.#isCommitted) return;
    this.#reservation.release();
    atDisk(this.#plan.path, () => Deno.removeSync(this.#staged.path));
  }
}

/**
 * Whether a file may go to a path, and what is there now.
 *
 * @throws {StatusError} 402 when the folder is missing, 403 when it must not replace, 407 when a folder is in the way
 */
export function checkTarget(
  jail: Jail,
  path: VirtualPath,
  create: boolean,
): { place: string; info: Deno.FileInfo | undefined } {
  const occupant = jail.occupant(path);
  if (occupant.info?.isDirectory) throw new StatusError(407, `${quote(path)} is a folder`);
  if (occupant.info && create) throw new StatusError(403, `${quote(path)} exists already`);
  return occupant;
}
