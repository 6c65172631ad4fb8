/** How the files of a tree are shared out among connections. */
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import type { TransferTools } from "../download.ts";
import type { TreeItem } from "./entry.ts";

/** Whether a file is too large to travel together with others. */
export function isLarge({ size }: TreeItem): boolean {
  return size > RECORD_LIMIT_BYTES;
}

/** Bytes of some files together. */
export function bytesOf(items: readonly TreeItem[]): number {
  return items.reduce((bytes, { size }) => bytes + size, 0);
}

/** A piece of work for whichever connection is free. */
export type Task = (tools: TransferTools) => Promise<void>;

/** Works through tasks in their order on several connections; each takes the next as soon as it is free. */
export async function spread(tasks: readonly Task[], lanes: readonly TransferTools[]): Promise<void> {
  const waiting = [...tasks];
  const results = await Promise.allSettled(lanes.map(async (tools) => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await task(tools);
  }));
  // A connection that broke meanwhile would make us try again.
  lanes[0]!.stopping.throwIfAborted();
  // Only when all have come to rest may somebody try again.
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Cuts a list into so many runs of about the same number of bytes. */
export function shareOut(items: readonly TreeItem[], shares: number): TreeItem[][] {
  const each = bytesOf(items) / shares;
  const result: TreeItem[][] = [[]];
  let filled = 0;
  for (const item of items) {
    if (filled >= each && result.length < shares) {
      result.push([]);
      filled = 0;
    }
    result.at(-1)!.push(item);
    filled += item.size;
  }
  return result;
}
