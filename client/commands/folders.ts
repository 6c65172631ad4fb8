/** The commands on remote folders and names: `cd`, `pwd`, `mkdir`, `rmdir`, `rm`, `mv`. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, nameOf } from "../../protocol/virtual_path.ts";
import { checkNotGround } from "./checks.ts";
import type { ShellCommand } from "./command.ts";
import { doEach } from "./each.ts";

export const cd: ShellCommand = {
  name: "cd",
  usage: "[PATH]",
  summary: "changes the remote folder; without PATH to the top",
  arity: [0, 1],
  completes: "remote",
  async run({ words }, shell) {
    const [path] = words.length === 0 ? [shell.remotePath("/")] : await shell.expandRemote(words);
    const { entry } = await shell.call("stat", { path: path! });
    if (entry !== "folder") throw new StatusError(407, `${quote(path!)} is not a folder`);
    shell.cwd = path!;
    shell.reporter.done(path!, { command: "cd", path });
  },
};

export const pwd: ShellCommand = {
  name: "pwd",
  usage: "",
  summary: "prints the remote folder",
  arity: [0, 0],
  completes: "nothing",
  run(_call, shell) {
    shell.reporter.line(shell.cwd, { ok: true, command: "pwd", path: shell.cwd });
  },
};

export const mkdir: ShellCommand = {
  name: "mkdir",
  usage: "[-p] PATH",
  summary: "makes a remote folder; -p: with those above it",
  arity: [1, 1],
  options: [{ name: "parents", short: "p", help: "make those above it, too; no complaint when it exists" }],
  completes: "remote",
  async run({ words, options }, shell) {
    const path = shell.remotePath(words[0]!.text);
    const { warning } = await shell.call("mkdir", { path, parents: options.has("parents") });
    shell.reporter.done(`Made ${path}`, { command: "mkdir", path, warning });
  },
};

export const rmdir: ShellCommand = {
  name: "rmdir",
  usage: "PATH",
  summary: "removes an empty remote folder",
  arity: [1, 1],
  takesAway: () => true,
  completes: "remote",
  async run({ words }, shell) {
    const paths = await shell.expandRemote(words);
    checkNotGround(paths, { cwd: shell.cwd, done: "removed" });
    for (const path of paths) {
      const { warning } = await shell.call("rmdir", { path });
      shell.reporter.done(`Removed ${path}`, { command: "rmdir", path, warning });
    }
  },
};

export const rm: ShellCommand = {
  name: "rm",
  usage: "[-r] PATH…",
  summary: "removes remote files; -r: folders with all in them",
  arity: [1, Infinity],
  options: [{ name: "recursive", short: "r", help: "folders with all in them" }],
  takesAway: () => true,
  completes: "remote",
  async run({ words, options }, shell) {
    const paths = await shell.expandRemote(words);
    checkNotGround(paths, { cwd: shell.cwd, done: "removed" });
    await doEach(paths, shell, async (path) => {
      const { files, bytes, warning } = await shell.call("rm", { path, recursive: options.has("recursive") });
      const what = files === 1 ? "" : ` (${files} files)`;
      shell.reporter.done(`Removed ${path}${what}`, { command: "rm", path, files, bytes, warning });
    });
  },
};

export const mv: ShellCommand = {
  name: "mv",
  usage: "FROM TO",
  summary: "renames or moves; a TO that is a folder takes it in",
  arity: [2, 2],
  takesAway: () => true,
  completes: "remote",
  async run({ words }, shell) {
    const sources = await shell.expandRemote(words.slice(0, 1));
    checkNotGround(sources, { cwd: shell.cwd, done: "moved" });
    const to = shell.remotePath(words[1]!.text);
    const intoFolder = (await shell.find(to))?.entry === "folder";
    if (sources.length > 1 && !intoFolder) throw new StatusError(407, `${quote(to)} is not a folder`);
    for (const from of sources) {
      const target = intoFolder && from !== to ? childOf(to, nameOf(from)) : to;
      const { warning } = await shell.call("mv", { from, to: target });
      shell.reporter.done(`Moved ${from} to ${target}`, { command: "mv", from, to: target, warning });
    }
  },
};
