/** Mounts for tests. Only a Linux system that lets us mount has them; elsewhere a test says so and ends. */

/** A mount that goes away with its owner. `isThere`: whether this machine let us make it. */
export interface Mounted extends Disposable {
  readonly isThere: boolean;
}

function run(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/**
 * Mounts a volume in memory, or binds a folder to a second place.
 *
 * @param options `at`: an existing folder; `source`: the folder to bind there; `size`: of the volume
 */
export function mounted({ at, source, size = "64m" }: { at: string; source?: string; size?: string }): Mounted {
  const isThere = Deno.build.os === "linux" &&
    (source === undefined
      ? run("mount", "-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", at)
      : run("mount", "--bind", source, at));
  // CI runs where it can be done: there a test that does nothing would be a lie.
  if (!isThere && Deno.env.get("CI") && Deno.uid() === 0) throw new Error(`Cannot mount on ${at}`);
  return { isThere, [Symbol.dispose]: () => void (isThere && run("umount", "-l", at)) };
}
