/** Whether a tree fits on the server, before anything is changed. */
import type { PartEntry } from "../../protocol/message/commands.ts";
import { notEnoughSpace } from "../../console/not_enough_space.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Remote } from "../connection/remote.ts";

/** Bytes that a tree needs beyond what is reserved for it, and bytes that go before: of files, and of reservations. */
export interface RoomPlan {
  readonly needed: number;
  readonly freed: number;
  readonly dropped: number;
  /** The user's parts, to say what holds the rest. */
  readonly parts: readonly PartEntry[];
}

/**
 * A tree that cannot fit is refused before anything is changed; what is asked for in earnest is reserved by `store`.
 *
 * @throws {StatusError} 404 with `needed` and `free`
 */
export async function checkRoom(
  remote: Remote,
  base: VirtualPath,
  { needed, freed, dropped, parts }: RoomPlan,
): Promise<void> {
  if (needed <= 0) return;
  const { used, reserved, limit } = await remote.call("quota", {});
  const usage = { used: Math.max(0, used - freed), reserved: Math.max(0, reserved - dropped), limit };
  if (limit === null || needed <= limit - usage.used - usage.reserved) return;
  const holders = parts.map(({ path, size, running }) => ({ path, bytes: size, isRunning: running }));
  throw notEnoughSpace(quote(base), { needed, usage, holders });
}
