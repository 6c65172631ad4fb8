/** New names for what is there, in one step. By hand: `move` of `@std/fs` removes what has the name before it renames. */

/** Gives a file or folder another name on its volume; a file that has the name is replaced. @throws the system's error */
export function rename(from: string, to: string): void {
  Deno.renameSync(from, to);
}

/**
 * Gives a file a second name, unless something has that name: of programs that do so at the same time, one is first.
 *
 * @returns whether it has it
 * @throws the error of the operating system, also where the file system has no second names
 */
export function linkIfFree(file: string, name: string): boolean {
  try {
    Deno.linkSync(file, name);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
