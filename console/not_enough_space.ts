/** The refusal of what does not fit: the numbers, and what holds the rest. */
import type { Usage } from "../protocol/message/commands.ts";
import { counted, formatQuota, formatSize } from "./size.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";

/** An upload that holds room, also while nobody sends it. */
export interface Holder {
  /** Where it is to go. */
  readonly path: string;
  /** How many are reserved for it. */
  readonly bytes: number;
  /** Whether a connection sends it now. */
  readonly isRunning: boolean;
}

/** So many paths are named of each kind. */
const MOST_NAMED = 3;

/**
 * The refusal of what does not fit a user's limit.
 *
 * @param what the sentence's subject, quoted and escaped
 * @param room `needed`: bytes; `usage`: what the user has; `holders`: what holds room, where that is known; of what is
 *   reserved the rest is running, too
 */
export function notEnoughSpace(
  what: string,
  { needed, usage: { used, reserved, limit }, holders }: {
    readonly needed: number;
    readonly usage: Usage;
    readonly holders?: readonly Holder[];
  },
): StatusError {
  const free = Math.max(0, (limit ?? 0) - used - reserved);
  const first = `Not enough space for ${what}: ${formatSize(needed)} needed, ${formatSize(free)} of ${
    formatQuota(limit)
  } free`;
  if (!holders) return new StatusError(404, first, { details: { needed, free } });
  const waiting = holders.filter(({ isRunning }) => !isRunning);
  const unfinished = Math.min(reserved, waiting.reduce((sum, { bytes }) => sum + bytes, 0));
  const running = reserved - unfinished;
  const held = [
    heldBy(running, holders.filter(({ isRunning }) => isRunning), "running upload"),
    heldBy(unfinished, waiting, "unfinished upload"),
  ].filter((text) => text !== "");
  const how = unfinished > 0 ? ": parts rm ID in the shell drops one, ftp connect HOST -c parts lists them" : "";
  const message = held.length > 0 ? `${first}; ${held.join(" and ")}${how}` : first;
  return new StatusError(404, message, { details: { needed, free, running, unfinished } });
}

/** `5.0 MiB held by 2 running uploads ("/a", "/b")`. */
function heldBy(bytes: number, holders: readonly Holder[], kind: string): string {
  if (bytes === 0) return "";
  // A tree that is being stored has no name of its own.
  if (holders.length === 0) return `${formatSize(bytes)} held by ${kind}s`;
  const named = holders.slice(0, MOST_NAMED).map(({ path }) => quote(path)).join(", ");
  const more = holders.length > MOST_NAMED ? ` and ${holders.length - MOST_NAMED} more` : "";
  return `${formatSize(bytes)} held by ${counted(holders.length, kind)} (${named}${more})`;
}
