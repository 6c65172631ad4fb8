/** Removal, by how much it matters that something is left. */
import { isMissing } from "./lookup.ts";

/** Removes a file or an empty folder. @throws the error of the operating system, also when nothing is there */
export function remove(path: string): void {
  Deno.removeSync(path);
}

/** Removes a file or an empty folder; that it is not there is not an error. @throws the error of the operating system */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Removes a file where a failure changes nothing for anybody. @returns whether it was removed */
export function tryRemove(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Removes a folder with all in it; links are removed, never followed. Throws as `remove`. */
export function removeWithContent(path: string): void {
  Deno.removeSync(path, { recursive: true });
}
