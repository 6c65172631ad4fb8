/** Where one user's files are, and where their uploads wait. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { parentOf, TOP, type VirtualPath, virtualPath } from "../../protocol/virtual_path.ts";
import type { DigestCache } from "./digest_cache.ts";
import { Jail } from "./jail.ts";
import { Staging } from "./staging.ts";

/** What storage has to know of a user. */
export interface UserPlace {
  readonly userId: number;
  readonly jail: Jail;
  readonly staging: Staging;
  /** Bytes that must stay free on a disk; `undefined`: the default share. */
  readonly diskReserve: number | undefined;
  readonly digests: DigestCache;
}

/** What all users of a server have in common. `hidden`: see `StagingOptions`. */
export interface SharedPlace {
  readonly homes: string;
  readonly staging: string;
  readonly hidden: string;
  readonly diskReserve: number | undefined;
  readonly digests: DigestCache;
}

/** The place of an account. */
export function userPlace(
  { id, name }: { readonly id: number; readonly name: string },
  shared: SharedPlace,
): UserPlace {
  const { homes, staging, hidden, diskReserve, digests } = shared;
  return {
    userId: id,
    jail: new Jail(join(homes, name), Deno.build.os),
    staging: new Staging({ user: name, homes, staging, hidden }),
    diskReserve,
    digests,
  };
}

/** The files in which an upload may have been staged, the likeliest first. */
export function stagedFiles({ id, path }: { readonly id: string; readonly path: string }, place: UserPlace): string[] {
  const folder = nearestFolder(place.jail, parentOf(virtualPath(path)));
  const folders = folder === undefined ? [place.staging.usual] : place.staging.placesOf(folder);
  return folders.map((staging) => join(staging, id));
}

/** The folder of a path or, when that is gone, the nearest one above it; `undefined` when the home is gone, too. */
function nearestFolder(jail: Jail, path: VirtualPath): string | undefined {
  for (let folder = path;; folder = parentOf(folder)) {
    try {
      return jail.folder(folder);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (folder === TOP) return undefined;
    }
  }
}
