/** What must not be taken away by mistake: no path at all, and the ground that one stands on. */
import { UsageError } from "../../console/exit_status.ts";
import { quote } from "../../protocol/text.ts";
import { isWithin, type VirtualPath } from "../../protocol/virtual_path.ts";

/**
 * Refuses a remote path of which nothing is left: often a variable that is not set.
 *
 * @param path what stands after the colon
 * @param spec the whole as it was written, such as `HOST:`
 */
export function checkNotEmpty(path: string, spec: string): void {
  if (path === "") throw new UsageError(`${quote(spec)} names no path; the top of the home is written "${spec}/"`);
}

/**
 * Refuses the current folder and those above it, however they are written.
 *
 * @param paths all that would go: one that is refused keeps all the others
 * @param options `cwd`: the current folder; `done`: what is not done, for the sentence
 */
export function checkNotGround(
  paths: readonly VirtualPath[],
  { cwd, done }: { cwd: VirtualPath; done: "removed" | "moved" },
): void {
  const ground = paths.find((path) => isWithin(cwd, path));
  if (ground === undefined) return;
  const which = ground === cwd ? "the current folder" : `above the current folder ${quote(cwd)}`;
  throw new UsageError(`Nothing was ${done}: ${quote(ground)} is ${which}; name what is in it`);
}
