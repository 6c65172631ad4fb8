/** The name of the folder at the top of a volume in which uploads wait that are for this volume. */

/**
 * It holds a control character. A user who says such a name gets 411, so it can never be theirs. There is none on Windows,
 * which takes no such names and has no mounts.
 */
const PREFIX = "\u0001ftp-staging-";

/** Whether there are such folders. */
export const HAS_VOLUME_STAGING = Deno.build.os !== "windows";

/** The name for one server: several may share a volume. @param rootId what tells its root from others */
export function stagingName(rootId: string): string {
  return `${PREFIX}${rootId}`;
}

/** Whether a name is that of such a folder, of whichever server: it is never shown, counted or entered. */
export function isStagingName(name: string): boolean {
  return name.startsWith(PREFIX);
}
