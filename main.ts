/** `ftp`: the table of subcommands, and the only file that knows the command line and ends the process. */
import { type Invocation, parseInvocation, type Subcommand } from "./console/command_line.ts";
import { EXIT, exitStatusOf, UsageError } from "./console/exit_status.ts";
import { helpOf, helpRecord, overviewOf } from "./console/help.ts";
import { ignoreVainSuspends } from "./console/job_control.ts";
import { processTerminal } from "./console/process_terminal.ts";
import type { Terminal } from "./console/terminal.ts";
import { formatCode, StatusError } from "./protocol/status.ts";
import { escapeText } from "./protocol/text.ts";
import { VERSION } from "./protocol/version.ts";

/** Each subcommand with where it is: only the one that runs is loaded. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  serve: async () => (await import("./server/serve.ts")).serve,
  connect: async () => (await import("./client/connect.ts")).connect,
  get: async () => (await import("./client/one_shots.ts")).get,
  put: async () => (await import("./client/one_shots.ts")).put,
  ls: async () => (await import("./client/one_shots.ts")).ls,
  sync: async () => (await import("./client/one_shots.ts")).sync,
  adduser: account("adduser"),
  passwd: account("passwd"),
  deluser: account("deluser"),
  users: account("users"),
  quota: account("quota"),
  help: () => Promise.resolve(help),
};

function account(name: string): () => Promise<Subcommand> {
  return async () => {
    const { ACCOUNT_SUBCOMMANDS } = await import("./users/commands/table.ts");
    return ACCOUNT_SUBCOMMANDS.find((subcommand) => subcommand.name === name)!;
  };
}

const help: Subcommand = {
  name: "help",
  usage: "[COMMAND]",
  summary: "Lists the commands, or explains one.",
  arity: [0, 1],
  options: [],
  async run({ args: [name], options, terminal }) {
    const rows = await Promise.all((name === undefined ? Object.keys(SUBCOMMANDS) : [name]).map(subcommandOf));
    const text = name === undefined ? overviewOf(rows) : helpOf(rows[0]!);
    terminal.write(
      options.has("json") ? rows.map((row) => `${JSON.stringify(helpRecord(row))}\n`).join("") : `${text}\n`,
    );
    return EXIT.done;
  },
};

const version: Subcommand = {
  name: "--version",
  usage: "",
  summary: "Prints the version.",
  arity: [0, 0],
  options: [],
  run({ options, terminal }) {
    terminal.write(options.has("json") ? `${JSON.stringify({ ok: true, version: VERSION })}\n` : `ftp ${VERSION}\n`);
    return Promise.resolve(EXIT.done);
  },
};

async function subcommandOf(name: string): Promise<Subcommand> {
  if (!Object.hasOwn(SUBCOMMANDS, name)) {
    throw new UsageError(`Unknown command "${escapeText(name)}"; ftp --help lists the commands`);
  }
  return await SUBCOMMANDS[name]!();
}

/**
 * Runs one call of `ftp`; never throws.
 *
 * @param argv the words after `ftp`
 * @param terminal where it prints and asks
 * @returns the exit status
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(argv, terminal);
  } catch (error) {
    report(error, argv, terminal);
    return exitStatusOf(error);
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "--help", ...rest] = argv;
  const subcommand = name === "--version" ? version : await subcommandOf(/^(?:--help|-h)$/.test(name) ? "help" : name);
  const invocation: Invocation = parseInvocation(subcommand, rest, terminal);
  const isHelp = Object.hasOwn(SUBCOMMANDS, name) && subcommand !== help && invocation.options.has("help");
  const status = await (isHelp ? help.run({ ...invocation, args: [name] }) : subcommand.run(invocation));
  return argv.length === 0 ? EXIT.usage : status;
}

/** Reports a failure: `ftp: <code> <sentence>`, and the same as JSON where that is wanted. */
function report(error: unknown, argv: readonly string[], terminal: Terminal): void {
  const switches = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
  const known = error instanceof StatusError
    ? error
    : new StatusError(500, error instanceof Error ? error.message : String(error));
  const message = escapeText(known.message);
  terminal.warn(`ftp: ${formatCode(known.code)} ${message}`);
  const isVerbose = switches.includes("--verbose") || switches.includes("-v");
  if (!(error instanceof StatusError) && error instanceof Error && isVerbose) terminal.warn(error.stack ?? "");
  if (switches.includes("--json")) {
    terminal.write(`${JSON.stringify({ ok: false, code: known.code, message, ...known.details })}\n`);
  }
}

if (import.meta.main) {
  let status: number;
  {
    using terminal = processTerminal(Deno.args, Deno.exit);
    ignoreVainSuspends();
    status = await main(Deno.args, terminal);
  }
  Deno.exit(status);
}
