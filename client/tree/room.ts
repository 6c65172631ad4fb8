/** Whether a tree fits on the server, before anything is changed. */
import { formatQuota, formatSize } from "../../protocol/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Remote } from "../remote.ts";

/**
 * A tree that cannot fit is refused before anything is changed; what is asked for in earnest is reserved by `store`.
 *
 * @param sizes bytes that are to come, and that go before
 * @throws {StatusError} 404 with `needed` and `free`
 */
export async function checkRoom(
  remote: Remote,
  base: VirtualPath,
  { needed, freed }: { needed: number; freed: number },
): Promise<void> {
  if (needed === 0) return;
  const { used, reserved, limit } = await remote.call("quota", {});
  const free = limit === null ? Infinity : Math.max(0, limit - Math.max(0, used - freed) - reserved);
  if (needed <= free) return;
  throw new StatusError(
    404,
    `Not enough space for ${quote(base)}: ${formatSize(needed)} needed, ${formatSize(free)} of ${
      formatQuota(limit)
    } free`,
    { details: { needed, free } },
  );
}
