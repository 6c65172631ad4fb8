/** Trees in the shell: what `get -r`, `put -r` and `sync` have in common, and `sync` itself. */
import { type OptionRow, type Options, wholeNumber } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import type { TreeOptions } from "../tree/entry.ts";
import { Exclude } from "../tree/exclude.ts";
import { parseExclude } from "../tree/exclude_pattern.ts";
import { checkNotEmpty } from "./checks.ts";
import type { ShellCommand } from "./command.ts";
import { TreeTransfer } from "./tree_transfer.ts";

const CONNECTIONS = { least: 1, most: 16 };
const REMOVALS = { least: 0, most: 9_999_999_999 };

/** Options of everything that moves trees. */
export const TREE_OPTIONS: readonly OptionRow[] = [
  { name: "checksum", help: "compare digests instead of size and time" },
  {
    name: "exclude",
    value: "GLOB",
    many: true,
    needs: "recursive",
    help: "leave these out, as .gitignore does: *.log, /top, dir/, a/**/b; may be given several times",
    check: (value) => void parseExclude(value),
  },
  {
    name: "parallel",
    short: "P",
    value: "N",
    needs: "recursive",
    help: "connections to use (what helps)",
    check: (value) => void wholeNumber("parallel", value, CONNECTIONS),
  },
];

/** What the options say. */
export function treeOptions(options: Options, { force }: { force: boolean }): TreeOptions {
  return {
    checksum: options.has("checksum"),
    exclude: new Exclude(options.texts("exclude")),
    force,
    remove: options.has("delete"),
    mostRemoved: options.number("max-delete", REMOVALS),
    forceEmpty: options.has("force-empty"),
    dryRun: options.has("dry-run"),
    parallel: options.number("parallel", CONNECTIONS),
  };
}

export const sync: ShellCommand = {
  name: "sync",
  usage:
    "[--delete [--max-delete N] [--force-empty]] [--dry-run] [--checksum] [--exclude GLOB] [-P N] LOCAL REMOTE | " +
    ":REMOTE LOCAL",
  summary: "makes the second folder like the first",
  arity: [2, 2],
  options: [
    { name: "delete", help: "remove what the source does not have; not what was skipped, excluded or is a mount" },
    {
      name: "max-delete",
      value: "N",
      needs: "delete",
      help: "change nothing if more than N files and folders would be removed",
      check: (value) => void wholeNumber("max-delete", value, REMOVALS),
    },
    { name: "force-empty", needs: "delete", help: "remove also when the source is empty" },
    { name: "dry-run", short: "n", help: "only say what would be done" },
    ...TREE_OPTIONS,
  ],
  takesAway: (options) => options.has("delete"),
  completes: "local",
  async run({ words, options }, shell) {
    const [from, to] = words.map(({ text }) => text) as [string, string];
    if (from.startsWith(":") && to.startsWith(":")) throw new UsageError("One of the two folders must be local");
    if (options.has("delete")) { for (const side of [from, to]) if (side === ":") checkNotEmpty("", side); }
    const transfer = new TreeTransfer(shell, "sync", treeOptions(options, { force: true }));
    if (from.startsWith(":")) await transfer.download(shell.remotePath(from.slice(1)), shell.localPath(to));
    else await transfer.upload(shell.localPath(from), shell.remotePath(to.replace(/^:/, "")));
  },
};
