/** The commands that move files: `get` and `put`. */
import { basename, join } from "@std/path";
import { UsageError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, nameOf, TOP, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../files/windows_name.ts";
import { download } from "../transfer/download.ts";
import { localInfo } from "../transfer/file.ts";
import { upload } from "../transfer/upload.ts";
import type { ShellCommand } from "./command.ts";
import { doEach } from "./each.ts";
import { moveToName } from "./tree_place.ts";
import { TREE_OPTIONS, treeOptions } from "./trees.ts";
import { TreeTransfer } from "./tree_transfer.ts";
import type { Shell } from "./shell.ts";
import type { Word } from "./words.ts";

/** Downloads one file and shows it. */
export async function getOne(shell: Shell, path: VirtualPath, { target, force }: { target: string; force: boolean }) {
  try {
    await shell.reporter.transfer(
      { name: nameOf(path), command: "get", path },
      (view) => shell.link.run((remote) => download({ path, target, force }, shell.tools(remote, view))),
    );
  } catch (error) {
    // A folder is looked for only now: a file that is there costs no request more.
    const mayBeFolder = error instanceof StatusError && error.code === 407;
    if (!mayBeFolder || (await shell.find(path))?.entry !== "folder") throw error;
    throw new StatusError(407, `${quote(path)} on the server is a folder; get -r downloads it with all in it`);
  }
}

/** Uploads one file and shows it. */
export async function putOne(shell: Shell, source: string, { path, create }: { path: VirtualPath; create: boolean }) {
  await shell.reporter.transfer(
    { name: basename(source), command: "put", path },
    (view) =>
      shell.link.run((remote, attempt) =>
        upload({ source, path, create }, shell.tools(remote, view), { again: attempt > 1 })
      ),
  );
}

/** Where a remote file goes here: into `target` if that is a folder, else to that very name. */
export function localTarget(path: VirtualPath, target: string, os: string): string {
  if (!localInfo(target)?.isDirectory) return target;
  // The top has no name: its content goes into the folder itself.
  if (path === TOP) return target;
  const name = nameOf(path);
  if (os === "windows" && !isAllowedOnWindows(name)) {
    throw new StatusError(411, `Name ${quote(name)} is not allowed here`);
  }
  return join(target, name);
}

/** Whether a word means what is in a folder and not the folder by its name, as for `cp -r`: it ends with `.` or `..`. */
function meansContent({ text }: Word): boolean {
  return /(?:^|\/)\.\.?\/*$/.test(text);
}

/** What words stand for; of each also whether its content is meant. */
async function expandEach<P extends string>(words: readonly Word[], expand: (words: readonly Word[]) => Promise<P[]>) {
  const found = await Promise.all(words.map(async (word) => {
    return (await expand([word])).map((path) => ({ path, isContent: meansContent(word) }));
  }));
  return found.flat();
}

/** The words of a transfer: with two or more the last one is where to. */
function operandsOf(words: readonly Word[]): { named: readonly Word[]; to: string | undefined } {
  return words.length > 1 ? { named: words.slice(0, -1), to: words.at(-1)!.text } : { named: words, to: undefined };
}

/** Several files cannot go to one name. @throws {UsageError} when that is no folder */
function checkFolder(target: string, isFolder: boolean | undefined): void {
  if (!isFolder) throw new UsageError(`Several files need a folder to go to, and ${quote(target)} is none`);
}

/** Whether a name says that it is a folder to put something into. */
function meansFolder(target: string): boolean {
  return target === "" || target.endsWith("/");
}

/** Where a local file goes there: into `target` if that is a folder, else to that very path. */
export async function remoteTarget(shell: Shell, source: string, target: string): Promise<VirtualPath> {
  const path = shell.remotePath(target);
  const isFolder = meansFolder(target) || (await shell.find(path))?.entry === "folder";
  return isFolder ? childOf(path, basename(source)) : path;
}

export const get: ShellCommand = {
  name: "get",
  usage: "[-r] [--force] [--checksum] [--exclude GLOB] [-P N] REMOTE… [LOCAL]",
  summary: "downloads; with two or more names the last is where to; -r: folders with all in them",
  arity: [1, Infinity],
  options: [
    { name: "recursive", short: "r", help: "folders with all in them" },
    { name: "force", short: "f", help: "replace a different file of that name here" },
    ...TREE_OPTIONS,
  ],
  completes: "remote",
  async run({ words, options }, shell) {
    const { named, to } = operandsOf(words);
    const sources = await expandEach(named, (words) => shell.expandRemote(words));
    const target = to === undefined ? shell.localCwd : shell.localPath(to);
    if (sources.length > 1) checkFolder(target, localInfo(target)?.isDirectory);
    const force = options.has("force");
    await doEach(sources, shell, async ({ path, isContent }) => {
      const place = localTarget(path, target, shell.reporter.terminal.os);
      const entry = options.has("recursive") ? (await shell.find(path))?.entry : undefined;
      if (isContent && entry !== undefined && entry !== "folder") {
        throw new StatusError(407, `${quote(path)} on the server is not a folder`);
      }
      if (entry !== "folder") return await getOne(shell, path, { target: place, force });
      const tree = new TreeTransfer(shell, "get", treeOptions(options, { force }));
      if (isContent) return void await tree.download(path, target);
      const named = { command: "get", from: path, to: target } as const;
      await moveToName(
        shell,
        named,
        { isFolder: place !== target },
        (isInto) => tree.download(path, isInto ? place : target),
      );
    });
  },
};

export const put: ShellCommand = {
  name: "put",
  usage: "[-r] [--no-clobber] [--checksum] [--exclude GLOB] [-P N] LOCAL… [REMOTE]",
  summary: "uploads; with two or more names the last is where to; -r: folders with all in them",
  arity: [1, Infinity],
  options: [
    { name: "recursive", short: "r", help: "folders with all in them" },
    { name: "no-clobber", short: "n", help: "do not replace a file of that name there" },
    ...TREE_OPTIONS,
  ],
  completes: "local",
  async run({ words, options }, shell) {
    const { named, to: target = "" } = operandsOf(words);
    const sources = await expandEach(named, (words) => shell.expandLocal(words));
    if (sources.length > 1 && target !== "") {
      checkFolder(target, (await shell.find(shell.remotePath(target)))?.entry === "folder");
    }
    await doEach(sources, shell, async ({ path: text, isContent }) => {
      const source = shell.localPath(text);
      const info = localInfo(source);
      const isFolder = info?.isDirectory ?? false;
      if (isContent && info && !isFolder) throw new StatusError(407, `Local ${quote(source)} is not a folder`);
      if (isFolder && !options.has("recursive")) {
        throw new StatusError(407, `Local ${quote(source)} is a folder; put -r uploads it with all in it`);
      }
      const path = isContent ? shell.remotePath(target) : await remoteTarget(shell, source, target);
      if (!isFolder) return await putOne(shell, source, { path, create: options.has("no-clobber") });
      const tree = new TreeTransfer(shell, "put", treeOptions(options, { force: !options.has("no-clobber") }));
      if (isContent || meansFolder(target)) return void await tree.upload(source, path);
      const name = shell.remotePath(target);
      const named = { command: "put", from: source, to: name } as const;
      await moveToName(
        shell,
        named,
        { isFolder: path !== name },
        (isInto) => tree.upload(source, isInto ? path : name),
      );
    });
  },
};
