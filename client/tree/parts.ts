/** Interrupted uploads of the files of a tree: what of them can be gone on with, and what is in the way. */
import type { PartEntry } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { RateLimit } from "../transfer/rate_limit.ts";
import type { Remote } from "../connection/remote.ts";
import type { TreeItem } from "./entry.ts";
import { isLarge } from "./sharing.ts";

/** What is there of the files that are to be sent. */
export interface PartsPlan {
  /** Bytes that are reserved for them already. */
  readonly reused: number;
  /** Parts of other versions of them: nobody will finish these. */
  readonly stale: readonly PartEntry[];
}

/**
 * Sorts the user's parts. One that waits is gone on with when it is of a file of that size which travels on its own.
 *
 * @param files what is to be sent
 * @param options `base`: where they go; `again`: a part that still runs is one of ours, whose connection was lost
 */
export function planParts(
  parts: readonly PartEntry[],
  files: readonly TreeItem[],
  { base, limit, again }: { base: VirtualPath; limit: Pick<RateLimit, "isSet" | "frameBytes">; again: boolean },
): PartsPlan {
  if (parts.length === 0) return { reused: 0, stale: [] };
  const byPath = new Map<string, TreeItem>(files.map((item) => [childOf(base, item.name), item]));
  const stale: PartEntry[] = [];
  let reused = 0;
  for (const part of parts) {
    const item = byPath.get(part.path);
    if (!item || (part.running && !again)) continue;
    if (isLarge(item, limit) && item.size === part.size) {
      reused += part.size;
      // A second one of the same file is not needed by it.
      byPath.delete(part.path);
    } else if (!part.running) stale.push(part);
  }
  return { reused, stale };
}

/** Bytes that some parts hold. */
export function heldBy(parts: readonly PartEntry[]): number {
  return parts.reduce((bytes, { size }) => bytes + size, 0);
}

/** Forgets parts. One that is gone, or that somebody goes on with now, is none of our business any more. */
export async function dropParts(remote: Remote, parts: readonly PartEntry[]): Promise<void> {
  for (const { part } of parts) {
    try {
      await remote.call("drop", { part });
    } catch (error) {
      if (!(error instanceof StatusError) || (error.code !== 402 && error.code !== 403)) throw error;
    }
  }
}
