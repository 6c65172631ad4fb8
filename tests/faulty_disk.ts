/**
 * A disk that fails on demand: loaded into a program with `--preload`, below all of it. It counts the operations on
 * what is in a folder named `home` or `staging`. What is to fail stands in the file that `$FTP_FAULT` names and is looked at before each of them, so
 * that a test decides in its own time:
 *
 * - `once K`: the Kth operation from now on fails with EIO, the ones after it go well
 * - `on K`: the Kth operation and all after it fail with EIO
 * - `kill K`: the process ends instead of the Kth operation that changes something
 * - `open-folder CODE`: no folder can be opened to be synced, the error has that code
 * - `sync-folder CODE`: folders can be opened, and their sync fails
 * - `off`: nothing fails
 *
 * When one was met, a file of that name with `.met` appears.
 */

type Method = (...args: unknown[]) => unknown;

const WATCHED = /\/(?:home|staging)(?:\/|$)/;
const ORDERS = Deno.env.get("FTP_FAULT")!;
const { readTextFileSync, writeTextFileSync, lstatSync, exit } = Deno;

const state = { order: "", mode: "off", word: "", left: 0, isMet: false };

function readOrder(): void {
  const order = readTextFileSync(ORDERS);
  if (order === state.order) return;
  const [mode = "off", word = "0"] = order.split(" ");
  Object.assign(state, { order, mode, word, left: Number(word), isMet: false });
}

/** Counts one operation; fails or ends everything when its turn has come. */
function pass(changes: boolean): void {
  readOrder();
  if (state.mode === "off" || state.mode.endsWith("-folder") || (state.mode === "kill" && !changes)) return;
  if (state.left > 0) state.left--;
  if (state.left > 0 || (state.mode === "once" && state.isMet)) return;
  state.isMet = true;
  writeTextFileSync(`${ORDERS}.met`, "");
  // A server has given up the right to send signals. This ends it as a kill does: nothing more of it runs.
  if (state.mode === "kill") exit(137);
  throw Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });
}

/** Fails what is done with a folder that is to be synced, when that is the order. */
function passFolder(mode: "open-folder" | "sync-folder"): void {
  readOrder();
  if (state.mode !== mode) return;
  writeTextFileSync(`${ORDERS}.met`, "");
  throw Object.assign(new Error(`It failed (${state.word})`), { code: state.word });
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

const watchedFiles = new WeakSet<Deno.FsFile>();
const watchedFolders = new WeakSet<Deno.FsFile>();

function watched(file: unknown, path: string): unknown {
  watchedFiles.add(file as Deno.FsFile);
  if (isFolder(path)) watchedFolders.add(file as Deno.FsFile);
  return file;
}

function isOpenForWriting(options: unknown): boolean {
  const { write = false, append = false } = (options ?? {}) as Deno.OpenOptions;
  return write || append;
}

/** Puts the shim in the place of a function of `Deno` whose first argument is a path. */
function shimPath(name: keyof typeof Deno, changes: boolean, isAsync: boolean): void {
  const real = Deno[name] as Method;
  const shim: Method = (...args) => {
    const path = String(args[0]);
    if (WATCHED.test(path)) pass(changes || (name.startsWith("open") && isOpenForWriting(args[1])));
    if (WATCHED.test(path) && name.startsWith("open") && isFolder(path)) passFolder("open-folder");
    const result = real(...args);
    if (!name.startsWith("open") || !WATCHED.test(path)) return result;
    return isAsync ? (result as Promise<unknown>).then((file) => watched(file, path)) : watched(result, path);
  };
  // deno-lint-ignore require-await
  const whole = isAsync ? async (...args: unknown[]) => shim(...args) : shim;
  Object.defineProperty(Deno, name, { value: whole, configurable: true, enumerable: true, writable: true });
}

for (const name of ["renameSync", "removeSync", "mkdirSync", "utimeSync", "chmodSync", "writeTextFileSync"] as const) {
  shimPath(name, true, false);
}
for (const name of ["lstatSync", "realPathSync", "readDirSync", "openSync"] as const) shimPath(name, false, false);
for (const name of ["open", "lstat", "stat", "realPath"] as const) shimPath(name, false, true);
for (const name of ["rename", "remove", "mkdir", "utime", "chmod"] as const) shimPath(name, true, true);

/** The same for a method of an open file. */
function shimFile(name: keyof Deno.FsFile & string, changes: boolean, isAsync: boolean): void {
  const prototype = Deno.FsFile.prototype as unknown as Record<string, Method>;
  const real = prototype[name]!;
  const shim = function (this: Deno.FsFile, ...args: unknown[]): unknown {
    if (watchedFiles.has(this)) pass(changes);
    if (watchedFolders.has(this) && name.startsWith("sync")) passFolder("sync-folder");
    return real.apply(this, args);
  };
  prototype[name] = isAsync
    // deno-lint-ignore require-await
    ? async function (this: Deno.FsFile, ...args: unknown[]) {
      return shim.apply(this, args);
    }
    : shim;
}

for (const name of ["write", "sync", "syncData", "truncate", "utime"] as const) shimFile(name, true, true);
for (const name of ["writeSync", "syncSync", "syncDataSync", "truncateSync", "utimeSync"] as const) {
  shimFile(name, true, false);
}
for (const name of ["read", "stat"] as const) shimFile(name, false, true);
for (const name of ["readSync", "statSync"] as const) shimFile(name, false, false);
