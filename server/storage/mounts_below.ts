/** Mounts below a folder: what moves or removes the folder must leave them where they are. */
import { join } from "@std/path";
import { entriesIfThere } from "../../files/lookup.ts";
import { isMount } from "../../files/mount.ts";

/** Others get their turn after so many folders. */
const STEP_FOLDERS = 500;

/** The first mount that is found at a folder or below it; `undefined` when there is none. What cannot be read is left out. */
export async function findMount(top: string): Promise<string | undefined> {
  const waiting = [top];
  for (let seen = 1; waiting.length > 0; seen++) {
    const folder = waiting.pop()!;
    if (isMount(folder)) return folder;
    for (const name of foldersIn(folder)) waiting.push(join(folder, name));
    if (seen % STEP_FOLDERS === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return undefined;
}

function foldersIn(folder: string): string[] {
  try {
    return entriesIfThere(folder).filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return [];
    throw error;
  }
}
