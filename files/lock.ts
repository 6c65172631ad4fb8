/** Locks on files, by which programs know of each other. A program that dies gives its locks back. */
import { isMissing } from "./lookup.ts";
import { removeIfThere } from "./remove.ts";

/** Locks an open file. @returns `undefined` where the file system knows no locks */
export function tryLock(file: Deno.FsFile): boolean | undefined {
  try {
    return file.tryLockSync(true);
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file, which is made where it is not there yet.
 *
 * @returns the lock, to be disposed of; `undefined` when another program has it
 * @throws the error of the operating system when it cannot be made or locked
 */
export function takeLock(path: string): Disposable | undefined {
  using opened = new DisposableStack();
  const file = opened.use(Deno.openSync(path, { write: true, create: true, mode: 0o600 }));
  return file.tryLockSync(true) ? opened.move() : undefined;
}

/** Whether a running program has a lock file, or may have it: one that cannot be asked may be held. */
export function isLockHeld(path: string): boolean {
  try {
    using file = Deno.openSync(path, { write: true });
    return !file.tryLockSync(true);
  } catch (error) {
    return !isMissing(error);
  }
}

/** Removes a file unless a running program has locked it, or may have. @returns whether it is gone */
export function removeUnlocked(path: string): boolean {
  using file = Deno.openSync(path, { read: true, write: true });
  if (!tryLock(file)) return false;
  removeIfThere(path);
  return true;
}
