/** How the files of a tree are shared out among connections. */
import { RECORD_LIMIT_BYTES } from "../../protocol/message/record.ts";
import type { RateLimit } from "../transfer/rate_limit.ts";
import type { TreeItem } from "./entry.ts";

/**
 * Whether a file is too large to travel together with others. Under a limit that is one of a frame already: a body leaves
 * whole, and the server must not wait too long for it.
 */
export function isLarge({ size }: TreeItem, { isSet, frameBytes }: Pick<RateLimit, "isSet" | "frameBytes">): boolean {
  return size > (isSet ? frameBytes : RECORD_LIMIT_BYTES);
}

/** Bytes of some files together. */
export function bytesOf(items: readonly TreeItem[]): number {
  return items.reduce((bytes, { size }) => bytes + size, 0);
}

/** Cuts a list into so many runs, or fewer, of about the same number of bytes; none of them is empty. */
export function shareOut(items: readonly TreeItem[], shares: number): TreeItem[][] {
  const each = bytesOf(items) / shares;
  const result: TreeItem[][] = [];
  let filled = 0;
  for (const item of items) {
    if (result.length === 0 || (filled >= each && result.length < shares)) {
      result.push([]);
      filled = 0;
    }
    result.at(-1)!.push(item);
    filled += item.size;
  }
  return result;
}
