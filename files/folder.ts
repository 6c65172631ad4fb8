/** Folders that are made. By hand: `ensureDir` of `@std/fs` has no mode, and these are private from the start. */

/** Makes a folder, and those above it, that only its owner may enter; that it is there already is not an error. */
export function makePrivateFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Makes one folder. @throws the error of the operating system, also when something has the name */
export function makeFolder(path: string, { mode }: { mode: number }): void {
  Deno.mkdirSync(path, { mode });
}

/** Makes one private folder. @returns `false` when something has the name, whatever it is */
export function makePrivateIfFree(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
