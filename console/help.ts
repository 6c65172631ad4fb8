/** The help: of one subcommand, and the list of all. */
import { optionsOf, type Subcommand, usageOf } from "./command_line.ts";

/** The help of one subcommand. */
export function helpOf(subcommand: Subcommand): string {
  const rows = optionsOf(subcommand).map(({ name, short, value, help }) => {
    const left = `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;
    return `  ${left.padEnd(30)}  ${help}`;
  });
  return [`usage: ftp ${usageOf(subcommand)}`, "", subcommand.summary, "", "options:", ...rows].join("\n");
}

/** The subcommands, a line for each. */
export function overviewOf(subcommands: readonly Subcommand[]): string {
  return [
    "usage: ftp COMMAND [ARGUMENTS] [OPTIONS]",
    "",
    ...subcommands.map((row) => `  ftp ${usageOf(row).replace(" [OPTIONS]", "").padEnd(52)}  ${row.summary}`),
    "",
    "ftp help COMMAND shows the options of a command, ftp --version the version.",
  ].join("\n");
}

/** What a program is told of a subcommand. */
export function helpRecord(subcommand: Subcommand): Record<string, unknown> {
  const { name, usage, summary } = subcommand;
  const options = optionsOf(subcommand).map(({ name, short, value, help }) => ({ name, short, value, help }));
  return { ok: true, command: name, usage, summary, options };
}
