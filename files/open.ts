/** Opening of files, each for one purpose. All throw the error of the operating system. */

/** Opens what is there for reading, a folder to sync it, too. */
export function openToRead(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true });
}

/** The same, while this thread does other work: what is there may be a pipe by now, and would hold it for ever. */
export function openToReadAside(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { read: true });
}

/** Opens a file that is there for reading and writing. */
export function openToChange(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true, write: true });
}

/** Makes a file where nothing is yet; only its owner may read it, and with `exec` execute it. */
export function createPrivate(path: string, { exec = false }: { exec?: boolean } = {}): Deno.FsFile {
  return Deno.openSync(path, { read: true, write: true, createNew: true, mode: exec ? 0o700 : 0o600 });
}
