/** Who may do what with a file. */

/** Whether its owner may execute a file; never on Windows, which has no such bit. */
export function isExecutable(info: Deno.FileInfo): boolean {
  return info.mode !== null && (info.mode & 0o100) !== 0;
}

/** Lets its owner, and nobody else, execute a file. @throws the error of the operating system */
export function makeExecutable(path: string): void {
  // Windows has no such bit.
  if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o700);
}

/** Gives a file the mode of another one; nothing where the system has none. @throws the error of the operating system */
export function copyMode(path: string, { mode }: Deno.FileInfo): void {
  if (mode !== null) Deno.chmodSync(path, mode & 0o777);
}
