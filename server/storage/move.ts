/** Moves: a rename, or between volumes a copy of the file that is verified before the old one goes. */
import { dirname, join, relative, SEPARATOR } from "@std/path";
import { ChangingFolder } from "../../files/durable.ts";
import { copyMode } from "../../files/file_mode.ts";
import { mtimeOf, setMtime } from "../../files/file_time.ts";
import { remove, tryRemove } from "../../files/remove.ts";
import { rename } from "../../files/rename.ts";
import { isOnePlace } from "../../files/volume.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isWithin, parentOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Reservation } from "../../users/quota_ledger.ts";
import { copyAcross } from "./copy_across.ts";
import { checkDiskSpace } from "./disk_space.ts";
import { done, type Doubt, syncChange } from "./doubt.ts";
import { isSameFile } from "./entry.ts";
import { existingOccupant } from "./folder_changes.ts";
import { findMount } from "./mounts_below.ts";
import { osFailure, translateOsErrors } from "./os_error.ts";
import type { UserPlace } from "./user_place.ts";

/** What is moved, and what moving it between volumes takes. */
export interface Move {
  readonly from: VirtualPath;
  readonly to: VirtualPath;
  /** Room for the copy, for as long as there are two. */
  reserve(bytes: number): Reservation;
  /** Asked now and then; what it throws ends a move that takes long. */
  checkGoing(): void;
}

interface Ends {
  readonly source: { readonly place: string; readonly info: Deno.FileInfo };
  readonly target: string;
}

/**
 * Gives a file or folder another path, where nothing may be yet.
 *
 * @throws {StatusError} 406 also for a mount, for what holds one, and for a folder that would have to go to another volume
 */
export async function moveName(move: Move, user: UserPlace): Promise<Doubt | undefined> {
  const { from, to } = move;
  let ends = checked(move, user);
  if (ends.source.info.isDirectory && !areApart(ends)) {
    await refuseMounts(from, ends.source.place);
    // Others had their turn meanwhile.
    ends = checked(move, user);
  }
  if (areApart(ends)) return await moveAcross(move, ends, user);
  const { source, target } = ends;
  using before = translateOsErrors(from, () => ChangingFolder.of(source.place));
  using after = translateOsErrors(to, () => ChangingFolder.of(target));
  translateOsErrors(from, () => rename(source.place, target));
  return await syncChange(done("Moved", from), after, before);
}

function checked({ from, to }: Move, { jail }: UserPlace): Ends {
  const source = existingOccupant(jail, from);
  const { place: target, info } = jail.occupant(to);
  if (info) throw new StatusError(403, `${quote(to)} exists already`);
  if (isWithin(to, from)) throw new StatusError(406, `${quote(from)} cannot be moved into itself`);
  return { source, target };
}

function areApart({ source, target }: Ends): boolean {
  return !isOnePlace(dirname(source.place), dirname(target));
}

async function refuseMounts(from: VirtualPath, place: string): Promise<void> {
  const mount = await findMount(place);
  if (mount === undefined) return;
  if (mount === place) throw new StatusError(406, `${quote(from)} is a mount and stays where it is`);
  const name = [from, ...relative(place, mount).split(SEPARATOR)].join("/");
  throw new StatusError(406, `${quote(from)} holds ${quote(name)}, which is a mount and stays where it is`);
}

async function moveAcross(move: Move, { source, target }: Ends, user: UserPlace): Promise<Doubt | undefined> {
  const { from, to } = move;
  const apart = `${quote(from)} and ${quote(parentOf(to))} are on different volumes`;
  if (source.info.isDirectory) {
    await refuseMounts(from, source.place);
    throw new StatusError(406, `${apart}; copy the folder with get -r and put -r`);
  }
  if (!source.info.isFile) throw new StatusError(406, `${apart}, and only files are moved between them`);
  const { size } = source.info;
  const reservation = move.reserve(size);
  let copied: string | undefined;
  try {
    const place = user.staging.placeFor(dirname(target));
    checkDiskSpace(place, size, { reserve: user.diskReserve, own: user.staging.usual });
    copied = join(place, reservation.id);
    const { staged } = await copyAcross({ real: source.place, subject: from, to: copied, checkGoing: move.checkGoing });
    await staged.close();
    using after = ChangingFolder.of(target);
    using before = ChangingFolder.of(source.place);
    let doubt: Doubt | undefined;
    reservation.settle(() => {
      doubt = replace(copied!, { move, before: source, user });
      return doubt ? size : 0;
    });
    return doubt ?? await syncChange(done("Moved", from), after, before);
  } catch (error) {
    throw osFailure(error, from);
  } finally {
    if (copied !== undefined) tryRemove(copied);
    reservation.release();
  }
}

/** Puts the copy in place and removes what it is of. @returns the doubt that is left when both are there */
function replace(copied: string, { move, before, user }: { move: Move; before: Ends["source"]; user: UserPlace }) {
  const { from } = move;
  const { source, target } = checked(move, user);
  const { info } = source;
  const isUnchanged = source.place === before.place && isSameFile(info, before.info) &&
    info.size === before.info.size &&
    mtimeOf(info) === mtimeOf(before.info);
  if (!isUnchanged) throw new StatusError(409, `${quote(from)} changed while it was moved`);
  setMtime(copied, mtimeOf(info));
  copyMode(copied, info);
  rename(copied, target);
  try {
    remove(source.place);
    return undefined;
  } catch (cause) {
    // It is there once, or twice and booked twice; never not at all.
    if (tryRemove(target)) throw cause;
    return { sentence: `${done("Moved", from)}, but it is still there, too: the server could not remove it`, cause };
  }
}
