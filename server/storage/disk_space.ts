/** Room on the disk itself, beyond any quota. */
import { statfsSync } from "node:fs";
import { infoOf } from "../../files/lookup.ts";
import { formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";

const RESERVE_LEAST_BYTES = 256 * 1024 ** 2;
const RESERVE_SHARE = 0.02;

/** What must stay free. */
export interface DiskReserve {
  /** So many bytes; `undefined`: 256 MiB or 2 %, whichever is more. */
  readonly reserve: number | undefined;
  /** A folder on the server's own disk. On others, where nothing but files of users is, 2 % are enough. */
  readonly own: string;
}

/**
 * Refuses what would leave too little room on the disk.
 *
 * @param folder where the bytes go
 * @param bytes how many
 * @throws {StatusError} 404 with `needed` and `free`
 */
export function checkDiskSpace(folder: string, bytes: number, { reserve, own }: DiskReserve): void {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const isOwn = infoOf(folder).dev === infoOf(own).dev;
  const share = Math.floor(blocks * bsize * RESERVE_SHARE);
  const kept = reserve ?? (isOwn ? Math.max(RESERVE_LEAST_BYTES, share) : share);
  const free = Math.max(0, bavail * bsize - kept);
  if (bytes <= free) return;
  throw new StatusError(
    404,
    `Not enough space on the server's disk: ${formatSize(bytes)} needed, ${formatSize(free)} free`,
    { details: { needed: bytes, free } },
  );
}
