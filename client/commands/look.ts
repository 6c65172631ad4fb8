/** The commands that look: `ls`, `stat`, `hash`, `quota`. */
import type { ListingEntry, ListNote } from "../../protocol/message/commands.ts";
import { counted, formatQuota, formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { nameOf, TOP, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { ShellCommand } from "./command.ts";
import { isConnectionLoss } from "../connection/link.ts";
import { listRemote, listTree, noteFailure } from "../connection/list_remote.ts";
import { isStop } from "../connection/stopped.ts";
import type { Color } from "./color.ts";
import type { Row } from "./reporter.ts";
import type { Shell } from "./shell.ts";

const TIME_COLUMNS = 19;
const MODE_LETTERS = ["r", "w", "x"];

/** `drwxr-x---`. */
export function formatMode(entry: ListingEntry["entry"], mode: number): string {
  const type = { folder: "d", link: "l", file: "-", other: "?" }[entry];
  let letters = "";
  for (let bit = 8; bit >= 0; bit--) letters += mode & (1 << bit) ? MODE_LETTERS[(8 - bit) % 3] : "-";
  return type + letters;
}

/** `2026-11-21 07:08:09`, in UTC; `?` when it is not known. */
export function formatTime(ms: number | null): string {
  return ms === null ? "?" : new Date(ms).toISOString().replace(/\.\d+Z$/, "").replace("T", " ");
}

function colorOf({ entry, mode }: Pick<ListingEntry, "entry" | "mode">): Color | undefined {
  if (entry === "folder" || entry === "link") return entry;
  return entry === "file" && mode & 0o100 ? "executable" : undefined;
}

function rowOf(entry: ListingEntry, isLong: boolean): Row {
  const { name, entry: type, size, mtime, mode } = entry;
  const text = isLong
    ? `${formatMode(type, mode)} ${String(size).padStart(14)} ${formatTime(mtime).padEnd(TIME_COLUMNS)} `
    : "";
  const mark = type === "folder" ? "/" : type === "link" ? "@" : "";
  return { text, name: { text: name, color: colorOf(entry), mark }, record: { name, type, size, mtime, mode } };
}

interface ListOptions {
  readonly isLong: boolean;
  readonly showAll: boolean;
  readonly isRecursive: boolean;
}

/** Something that `ls` was asked for. */
interface Named {
  readonly path: VirtualPath;
  /** As it is said: from the shell's folder on, if it is below that. */
  readonly shown: string;
  readonly info: Omit<ListingEntry, "name">;
}

/** Whether a failure is one of a single path: the connection is there, and nobody has stopped. */
function isOfOne(error: unknown): boolean {
  return error instanceof StatusError && !isConnectionLoss(error) && !isStop(error);
}

/** Looks at every path. One that fails is told when all the others are known, and does not keep them back. */
async function lookAt(shell: Shell, paths: readonly VirtualPath[]): Promise<{ named: Named[]; failures: unknown[] }> {
  const below = shell.cwd === TOP ? "/" : `${shell.cwd}/`;
  const named: Named[] = [];
  const failures: unknown[] = [];
  for (const path of paths) {
    try {
      const shown = path !== TOP && path.startsWith(below) ? path.slice(below.length) : path;
      named.push({ path, shown, info: await shell.call("stat", { path }) });
    } catch (error) {
      if (!isOfOne(error)) throw error;
      failures.push(error);
    }
  }
  return { named, failures };
}

/** Shows a folder. What cannot be read there is named as it comes, and the last such failure is thrown at the end. */
async function listFolder(shell: Shell, path: VirtualPath, { isLong, showAll, isRecursive }: ListOptions) {
  const { reporter } = shell;
  const remote = await shell.link.remote();
  let last: StatusError | undefined;
  const sink = {
    entries(page: readonly ListingEntry[]) {
      const shown = showAll ? page : page.filter(({ name }) => !/(?:^|\/)\./.test(name));
      reporter.lines(shown.map((entry) => rowOf(entry, isLong)));
    },
    note({ name, code, message, skipped }: ListNote) {
      if (code === 411 && skipped !== undefined) return warnOfSkipped(skipped, name);
      if (last) reporter.failure(last);
      last = noteFailure({ code, message: `${name || path}: ${message}` });
    },
  };
  const warnOfSkipped = (count: number, folder = "") => {
    const where = folder === "" ? "" : ` in ${quote(folder)}`;
    reporter.aside(`${counted(count, "name")}${where} cannot be said and ${count === 1 ? "is" : "are"} not shown`);
  };
  if (isRecursive) await listTree(remote, { path, checksum: false }, sink);
  else {
    const { skipped } = await listRemote(remote, path, sink);
    if (skipped > 0) warnOfSkipped(skipped);
  }
  if (last) throw last;
}

export const ls: ShellCommand = {
  name: "ls",
  aliases: ["dir", "show"],
  usage: "[-l] [-a] [-R] [PATH…]",
  summary: "lists names, folders marked with /; -l: mode, size, time; -a: names with a dot at the start, too",
  arity: [0, Infinity],
  options: [
    { name: "long", short: "l", help: "mode, size, time (UTC), name" },
    { name: "all", short: "a", help: "names with a dot at the start, too" },
    { name: "recursive", short: "R", help: "everything below, too" },
  ],
  completes: "remote",
  async run({ words, options }, shell) {
    const paths = words.length === 0 ? [shell.cwd] : await shell.expandRemote(words);
    const how = { isLong: options.has("long"), showAll: options.has("all"), isRecursive: options.has("recursive") };
    const { named, failures } = await lookAt(shell, paths);
    const files = named.filter(({ info }) => info.entry !== "folder");
    const folders = named.filter(({ info }) => info.entry === "folder");
    // Files come first and without a header, as POSIX has it.
    shell.reporter.lines(files.map(({ path, shown, info }) => ({
      ...rowOf({ ...info, name: shown }, how.isLong),
      record: { ...rowOf({ ...info, name: nameOf(path) }, how.isLong).record, path },
    })));
    for (const [index, { path, shown }] of folders.entries()) {
      if (paths.length > 1) {
        if (index > 0 || files.length > 0) shell.reporter.note("");
        shell.reporter.note(`${shown}:`);
      }
      try {
        await listFolder(shell, path, how);
      } catch (error) {
        if (!isOfOne(error)) throw error;
        failures.push(error);
      }
    }
    const last = failures.pop();
    for (const error of failures) shell.reporter.failure(error);
    if (last) throw last;
  },
};

export const stat: ShellCommand = {
  name: "stat",
  usage: "PATH",
  summary: "shows type, size, time and mode",
  arity: [1, 1],
  completes: "remote",
  async run({ words }, shell) {
    for (const path of await shell.expandRemote(words)) {
      const { entry: type, size, mtime, mode } = await shell.call("stat", { path });
      shell.reporter.line(
        `${path}: ${type}, ${size} bytes, ${formatTime(mtime)} UTC, ${formatMode(type, mode)}`,
        { ok: true, command: "stat", path, type, size, mtime, mode },
      );
    }
  },
};

export const hash: ShellCommand = {
  name: "hash",
  usage: "PATH",
  summary: "prints the SHA-256 of a remote file as sha256sum does",
  arity: [1, 1],
  completes: "remote",
  async run({ words }, shell) {
    for (const path of await shell.expandRemote(words)) {
      const { size, sha256 } = await shell.call("hash", { path });
      shell.reporter.line(`${sha256}  ${path}`, { ok: true, command: "hash", path, size, sha256 });
    }
  },
};

export const quota: ShellCommand = {
  name: "quota",
  aliases: ["df"],
  usage: "",
  summary: "shows what is used, reserved, free and allowed",
  arity: [0, 0],
  completes: "nothing",
  async run(_call, shell) {
    const { used, reserved, limit } = await shell.call("quota", {});
    const free = limit === null ? null : Math.max(0, limit - used - reserved);
    shell.reporter.line(
      `${formatSize(used)} used, ${formatSize(reserved)} reserved, ${
        free === null ? "no limit" : `${formatSize(free)} free of ${formatQuota(limit)}`
      }`,
      { ok: true, command: "quota", used, reserved, free, limit },
    );
  },
};
