/** The commands on this side: `lcd`, `lpwd`, `lls`, `lmkdir`, `!`. */
import { makeFolder } from "../../files/folder.ts";
import { entriesOf } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { localFailure } from "../transfer/file.ts";
import type { ShellCommand } from "./command.ts";

export const lcd: ShellCommand = {
  name: "lcd",
  usage: "PATH",
  summary: "changes the local folder",
  arity: [1, 1],
  completes: "local",
  async run({ words }, shell) {
    const [path] = await shell.expandLocal(words);
    shell.localCwd = shell.localFolder(path!);
    shell.reporter.done(shell.localCwd, { command: "lcd", path: shell.localCwd });
  },
};

export const lpwd: ShellCommand = {
  name: "lpwd",
  usage: "",
  summary: "prints the local folder",
  arity: [0, 0],
  completes: "nothing",
  run(_call, shell) {
    shell.reporter.line(shell.localCwd, { ok: true, command: "lpwd", path: shell.localCwd });
  },
};

export const lls: ShellCommand = {
  name: "lls",
  usage: "[PATH]",
  summary: "lists a local folder",
  arity: [0, 1],
  completes: "local",
  async run({ words }, shell) {
    const [text = "."] = await shell.expandLocal(words);
    const folder = shell.localFolder(text);
    try {
      const entries = entriesOf(folder).sort((a, b) => a.name < b.name ? -1 : 1);
      shell.reporter.lines(entries.map(({ name, isDirectory, isSymlink }) => ({
        text: "",
        name: {
          text: name,
          color: isDirectory ? "folder" : isSymlink ? "link" : undefined,
          mark: isDirectory ? "/" : "",
        },
        record: { name, type: isDirectory ? "folder" : "file" },
      })));
    } catch (error) {
      throw localFailure(error, folder);
    }
  },
};

export const lmkdir: ShellCommand = {
  name: "lmkdir",
  usage: "PATH",
  summary: "makes a local folder",
  arity: [1, 1],
  completes: "local",
  run({ words }, shell) {
    const path = shell.localPath(words[0]!.text);
    try {
      makeFolder(path, { mode: 0o777 });
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw new StatusError(403, `Local "${path}" exists already`);
      throw localFailure(error, path);
    }
    shell.reporter.done(`Made ${path}`, { command: "lmkdir", path });
  },
};

export const run: ShellCommand = {
  name: "!",
  usage: "CMD",
  summary: "runs a program here, through your shell",
  arity: [1, 1],
  completes: "nothing",
  async run({ words }, shell) {
    const line = words[0]!.text;
    const { terminal, isJson } = shell.reporter;
    const [program, flag] = terminal.os === "windows"
      ? [terminal.env("ComSpec") ?? "cmd.exe", "/c"]
      : [terminal.env("SHELL") ?? "/bin/sh", "-c"];
    const stdout = isJson ? "piped" : "inherit";
    const child = new Deno.Command(program, { args: [flag, line], cwd: shell.localCwd, stdout }).spawn();
    // Who reads JSON could do nothing with what another program says.
    if (isJson) { for await (const bytes of child.stdout) passOn(bytes); }
    const { code } = await child.status;
    if (code !== 0) throw new StatusError(401, `"${line}" ended with status ${code}`);
  },
};

/** Shows what a program says on stderr; where that is closed nobody hears it, and the program runs on. */
function passOn(bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
