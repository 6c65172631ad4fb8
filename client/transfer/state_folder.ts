/** Where the client keeps what it remembers from run to run; what a user settles is beside `known_hosts`. */
import { isAbsolute, join } from "@std/path";
import type { Terminal } from "../../console/terminal.ts";

/** The state folder, `undefined` where the environment does not say where it would be. */
export function stateFolder({ env, os }: Pick<Terminal, "env" | "os">): string | undefined {
  // A relative one is to be ignored, says the XDG Base Directory Specification. Who sets it elsewhere means it, too.
  const wanted = inside(env("XDG_STATE_HOME"), "ftp");
  if (wanted) return wanted;
  if (os === "windows") return inside(env("LOCALAPPDATA"), "ftp");
  if (os === "darwin") return inside(env("HOME"), "Library", "Application Support", "ftp");
  return inside(env("HOME"), ".local", "state", "ftp");
}

function inside(folder: string | undefined, ...names: string[]): string | undefined {
  return folder && isAbsolute(folder) ? join(folder, ...names) : undefined;
}
