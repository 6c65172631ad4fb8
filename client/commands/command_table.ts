/** The one table of the shell's commands. */
import type { OptionRow } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { quote } from "../../protocol/text.ts";
import { type ShellCommand, shellUsage } from "./command.ts";
import { cd, mkdir, mv, pwd, rm, rmdir } from "./folders.ts";
import { lcd, lls, lmkdir, lpwd, run } from "./local.ts";
import { hash, ls, quota, stat } from "./look.ts";
import { parts } from "./parts.ts";
import { ping, quit, status } from "./session.ts";
import { get, put } from "./transfers.ts";
import { sync } from "./trees.ts";

const help: ShellCommand = {
  name: "help",
  aliases: ["?"],
  usage: "[CMD]",
  summary: "lists the commands, or explains one",
  arity: [0, 1],
  completes: "commands",
  run({ words }, { reporter }) {
    const rows = words[0] ? [findCommand(words[0].text)] : SHELL_COMMANDS;
    for (const row of rows) {
      const { lines, record } = helpOf(row, words.length > 0);
      reporter.block(lines, record);
    }
  },
};

/** Every command, in the order of the help. */
export const SHELL_COMMANDS: readonly ShellCommand[] = [
  ls,
  cd,
  pwd,
  get,
  put,
  sync,
  parts,
  mkdir,
  rmdir,
  rm,
  mv,
  stat,
  hash,
  quota,
  lcd,
  lpwd,
  lls,
  lmkdir,
  run,
  ping,
  status,
  help,
  quit,
];

/** The command of a name or alias. @throws {UsageError} 401 when there is none */
export function findCommand(name: string): ShellCommand {
  const found = SHELL_COMMANDS.find((row) => row.name === name || row.aliases?.includes(name));
  if (!found) throw new UsageError(`Unknown command ${quote(name)}; help lists the commands`);
  return found;
}

function helpOf(row: ShellCommand, isLong: boolean): { lines: string[]; record: Record<string, unknown> } {
  const { name, aliases = [], usage, summary, options = [] } = row;
  const also = aliases.length > 0 ? ` (also ${aliases.join(", ")})` : "";
  const left = shellUsage(row);
  const lines = left.length <= 34
    ? [`${left.padEnd(34)}  ${summary}${also}`]
    : [left, `${" ".repeat(36)}${summary}${also}`];
  if (isLong) lines.push(...options.map((option) => `  ${optionLine(option)}`));
  const told = options.map(({ name, short, value, help }) => ({ name, short, value, help }));
  return { lines, record: { ok: true, command: name, usage, summary, aliases, options: told } };
}

function optionLine({ name, short, value, help }: OptionRow): string {
  return `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}: ${help}`;
}
