/** The version of this program, as `--version` and both hellos say it. */

/** `MAJOR.MINOR.PATCH`. */
export const VERSION = "0.1.0";
/** What each side calls itself in its hello. */
export const AGENT = `ftp ${VERSION}`;
