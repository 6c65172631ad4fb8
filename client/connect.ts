/** `ftp connect`: the shell, interactive or from a line, a file or stdin. */
import { readWhole } from "../files/small_file.ts";
import type { Subcommand } from "../console/command_line.ts";
import { reasonOf } from "../console/reason.ts";
import { UsageError } from "../console/exit_status.ts";
import type { Terminal } from "../console/terminal.ts";
import { utf8Lines } from "../console/utf8.ts";
import { parseAddress } from "./connection/address.ts";
import { CONNECTION_OPTIONS } from "./options.ts";
import { runRepl } from "./shell/repl.ts";
import { runLine } from "./shell/run_line.ts";
import { withShell } from "./with_shell.ts";

/** The subcommand. */
export const connect: Subcommand = {
  name: "connect",
  usage: "[USER@]HOST[:PORT]",
  summary: "Opens a shell on a server; with -c or --batch runs commands and exits.",
  arity: [1, 1],
  options: [
    {
      name: "command",
      short: "c",
      value: "COMMANDS",
      many: true,
      help: 'run these and exit: "cd docs; ls -l"; several in order',
    },
    { name: "batch", value: "FILE", help: "run the commands of a file and exit (-: stdin)" },
    { name: "keep-going", help: "with -c and --batch: do not stop at the first failure" },
    ...CONNECTION_OPTIONS,
  ],
  run(invocation) {
    const { args, options, terminal } = invocation;
    const commands = options.texts("command");
    const batch = options.text("batch");
    if (commands.length > 0 && batch !== undefined) throw new UsageError("-c and --batch exclude each other");
    const lines = commands.length > 0 ? commands : batch !== undefined ? batchLines(batch, terminal) : undefined;
    const isPiped = lines === undefined && !terminal.isInteractive;
    return withShell(invocation, parseAddress(args[0]!), async (shell, { interrupts, stopped }) => {
      if (!lines && !isPiped) {
        shell.reporter.note(
          `Connected to ${shell.link.session.remote.server} as ${shell.link.session.user}; help lists the commands`,
        );
        return await runRepl(shell, interrupts);
      }
      const how = { keepGoing: options.has("keep-going"), isStopped: () => interrupts.happened };
      for await (const line of linesUntil(stopped, lines ?? terminal.lines())) {
        if (!await runLine(line, shell, how) || shell.isOver) return;
      }
    });
  },
};

function batchLines(file: string, terminal: Terminal): AsyncIterable<string> | string[] {
  if (file === "-") return terminal.lines();
  let content: Uint8Array;
  try {
    content = readWhole(file);
  } catch (error) {
    throw new UsageError(`Cannot read --batch "${file}": ${reasonOf(error)}`);
  }
  return utf8Lines(content, `--batch "${file}"`);
}

/** Lines up to their end or the first Ctrl-C: the next one may take for ever. */
async function* linesUntil(stopped: Promise<void>, lines: AsyncIterable<string> | Iterable<string>) {
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (!next || next.done) return;
    yield next.value;
  }
}
