/** Room on the disk itself, beyond any quota. */
import { statfsSync } from "node:fs";
import { formatSize } from "../../protocol/size.ts";
import { StatusError } from "../../protocol/status.ts";

const RESERVE_LEAST_BYTES = 256 * 1024 ** 2;
const RESERVE_SHARE = 0.02;

/**
 * Refuses what would leave too little room on the disk.
 *
 * @param folder where the bytes go
 * @param bytes how many
 * @param reserve bytes that must stay free; `undefined`: 256 MiB or 2 %, whichever is more
 * @throws {StatusError} 404 with `needed` and `free`
 */
export function checkDiskSpace(folder: string, bytes: number, reserve: number | undefined): void {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const kept = reserve ?? Math.max(RESERVE_LEAST_BYTES, Math.floor(blocks * bsize * RESERVE_SHARE));
  const free = Math.max(0, bavail * bsize - kept);
  if (bytes <= free) return;
  throw new StatusError(
    404,
    `Not enough space on the server's disk: ${formatSize(bytes)} needed, ${formatSize(free)} free`,
    { details: { needed: bytes, free } },
  );
}
