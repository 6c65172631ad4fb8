/**
 * What is at a path, and what is in a folder. By hand: `exists` of `@std/fs` follows links, and its `walk` ends at the
 * first folder that cannot be read.
 */

/** Whether an error says that nothing is there: no such name, or no folder that it could be in. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** What is at a path that must be there, its link not followed. @throws the error of the operating system */
export function infoOf(path: string): Deno.FileInfo {
  return Deno.lstatSync(path);
}

/**
 * What is at a path, its link not followed; `undefined` when there is nothing.
 *
 * @throws the error of the operating system when it cannot be looked at
 */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What a path leads to, links followed; `undefined` when there is nothing. Throws as `lookAt`, also for a path below a file. */
export function lookThrough(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The path without links of something that must be there. @throws the error of the operating system */
export function realPathOf(path: string): string {
  return Deno.realPathSync(path);
}

/** What is in a folder that must be there, in no order. @throws the error of the operating system */
export function entriesOf(folder: string): Deno.DirEntry[] {
  return [...Deno.readDirSync(folder)];
}

/** The names in a folder that must be there, in no order. @throws the error of the operating system */
export function namesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** What is in a folder; nothing where there is no folder. @throws the error of the operating system when it cannot be read */
export function entriesIfThere(folder: string): Deno.DirEntry[] {
  try {
    return entriesOf(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The names in a folder; none where there is no folder. Throws as `entriesIfThere`. */
export function namesIfThere(folder: string): string[] {
  return entriesIfThere(folder).map(({ name }) => name);
}
