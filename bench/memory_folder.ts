/** Where files are in memory. Not below /dev, where Deno refuses files to programs that do not have all permissions. */
import { statfsSync } from "node:fs";

/** What the largest workload needs, with something to spare. */
const NEEDED_BYTES = 6 * 1024 ** 3;
/** `f_type` of statfs(2). */
const TMPFS_MAGIC = 0x01021994;
const OUT_OF_REACH = /^\/(dev|proc|sys|run)(\/|$)/;

function freeBytes(path: string): number {
  try {
    // Whether it may be written, the only sure way.
    Deno.removeSync(Deno.makeTempDirSync({ dir: path }));
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Whether a folder is on a tmpfs. */
export function isInMemory(path: string): boolean {
  return statfsSync(path).type === TMPFS_MAGIC;
}

/** A tmpfs with room, else the folder for temporary files. */
export function findMemoryFolder(): string {
  let mounts = "";
  try {
    mounts = Deno.readTextFileSync("/proc/mounts");
  } catch {
    // Not Linux: there is no list to look into.
  }
  const folders = mounts.split("\n").map((line) => line.split(" ")).filter(([, , type]) => type === "tmpfs");
  const usable = folders.map(([, folder]) => folder!).filter((folder) => !OUT_OF_REACH.test(folder));
  return usable.find((folder) => freeBytes(folder) >= NEEDED_BYTES) ?? Deno.env.get("TMPDIR") ?? "/tmp";
}
