/** What was staged on one volume and turns out to belong to another: one was mounted or unmounted meanwhile. */
import { dirname, join } from "@std/path";
import { tryRemove } from "../../files/remove.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { copyAcross } from "./copy_across.ts";
import type { StagedFile } from "./staged_file.ts";
import type { Staging } from "./staging.ts";

/** What it is, and where it is to go. `folder`: the folder on disk; `sha256`: what it must be. */
export interface RestagePlan {
  readonly subject: string;
  readonly id: string;
  readonly folder: string;
  readonly staging: Staging;
  readonly sha256: string;
  /** Throws when somebody else has the upload now. */
  checkGoing(): void;
}

/**
 * Copies a staged file to where a rename into the folder works. The old one stays.
 *
 * @throws {StatusError} 406 when there is no such place, 500 when the copy is not what it must be; what `checkGoing` throws
 */
export async function restaged(old: string, plan: RestagePlan): Promise<StagedFile> {
  const { subject, id, folder, staging, sha256, checkGoing } = plan;
  const place = staging.otherPlaceFor(folder, dirname(old));
  if (place === undefined) {
    throw new StatusError(406, `The server cannot put ${quote(subject)} in place: its folder takes no renames`);
  }
  const to = join(place, id);
  // A copy that an earlier try left.
  tryRemove(to);
  const { staged, end } = await copyAcross({ real: old, subject, to, checkGoing });
  if (end.sha256 === sha256) return staged;
  await staged.close();
  tryRemove(to);
  throw new StatusError(500, `What was staged of ${quote(subject)} has changed on the server's disk`);
}
