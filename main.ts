/** `ftp`: the table of subcommands, and the only file that knows the process. */
import { canSuspend, ignoreVainSuspends, suspend } from "./console/job_control.ts";
import { writeAll } from "./console/write_all.ts";
import { type Invocation, parseInvocation, type Subcommand } from "./console/command_line.ts";
import { helpOf, helpRecord, overviewOf } from "./console/help.ts";
import { EXIT, exitStatusOf, UsageError } from "./console/exit_status.ts";
import { formatCode, StatusError } from "./protocol/status.ts";
import { reasonOf } from "./console/reason.ts";
import { PASSWORD_NOT_UTF8, SecretLine, type Typed } from "./console/secret_line.ts";
import type { Terminal } from "./console/terminal.ts";
import { escapeText } from "./protocol/text.ts";
import { utf8LinesOf } from "./console/utf8.ts";
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

/** Writes to stdout. Where nobody reads it any more, or it cannot be written, the program is over: as a Unix tool has it. */
function write(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(EXIT.brokenPipe);
    writeError(`ftp: 500 Cannot write the output: ${reasonOf(error)}\n`);
    Deno.exit(EXIT.failed);
  }
}

/** Writes to stderr. Where that is closed nobody is there to hear of it. */
function writeError(text: string): boolean {
  try {
    writeAll(Deno.stderr, text);
    return true;
  } catch {
    return false;
  }
}

/** An environment variable. The runtime's own error would show its value. */
function env(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new UsageError(name === "FTP_PASSWORD" ? PASSWORD_NOT_UTF8 : `$${name} is not UTF-8`);
  }
}

/** Whether colours are welcome on a screen (https://no-color.org). */
function wantsColor(argv: readonly string[]): boolean {
  try {
    return !env("NO_COLOR") && env("TERM") !== "dumb" && !argv.includes("--no-color");
  } catch {
    // It is set, whatever it says.
    return false;
  }
}

const isScreen = Deno.stdout.isTerminal();

function terminalOf(argv: readonly string[]): Terminal {
  return {
    isInteractive: Deno.stdin.isTerminal(),
    isScreen,
    hasColor: isScreen && wantsColor(argv),
    columns: () => isScreen ? Deno.consoleSize().columns : 80,
    rows: () => isScreen ? Deno.consoleSize().rows : 24,
    write,
    warn: (line) => writeError(`${line}\n`),
    writeSome: (stream, bytes) => Deno[stream].write(bytes),
    askSecret: (prompt) => Deno.stdin.isTerminal() ? askSecret(prompt) : Promise.resolve(null),
    lines: () => ({ [Symbol.asyncIterator]: () => ({ next: () => stdin.next() }) }),
    env,
    os: Deno.build.os,
  };
}

/** Asks on stderr: stdout may go to a file. */
async function askSecret(prompt: string): Promise<string> {
  writeError(`${prompt} `);
  const line = new SecretLine();
  const key = new Uint8Array(1);
  Deno.stdin.setRaw(true);
  try {
    for (let typed: Typed = "more"; typed !== "done";) {
      // Signals are heard meanwhile.
      typed = await Deno.stdin.read(key) === null ? "done" : line.push(key[0]!);
      if (typed === "interrupted") throw new StatusError(206, "Stopped as asked");
      if (typed !== "suspended" || !canSuspend()) continue;
      Deno.stdin.setRaw(false);
      await suspend();
      Deno.stdin.setRaw(true);
      writeError(`\n${prompt} `);
    }
  } finally {
    Deno.stdin.setRaw(false);
    writeError("\n");
  }
  return line.text;
}

/** Whatever was being typed, the shell gets the terminal back as it was. */
function giveTerminalBack(): void {
  try {
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
  } catch {
    // It has hung up.
  }
}

/** One reader for everybody: what follows the password on stdin is there for who reads the commands. */
const stdin = utf8LinesOf(Deno.stdin.readable, "stdin");

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

async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "--help", ...rest] = argv;
  const subcommand = name === "--version" ? version : await subcommandOf(/^(?:--help|-h)$/.test(name) ? "help" : name);
  const invocation: Invocation = parseInvocation(subcommand, rest, terminal);
  const isHelp = Object.hasOwn(SUBCOMMANDS, name) && subcommand !== help && invocation.options.has("help");
  const status = await (isHelp ? help.run({ ...invocation, args: [name] }) : subcommand.run(invocation));
  return argv.length === 0 ? EXIT.usage : status;
}

/** Tells a failure: `ftp: <code> <sentence>`, and the same as JSON where that is wanted. */
function tell(error: unknown, argv: readonly string[], terminal: Terminal): void {
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
  const terminal = terminalOf(Deno.args);
  ignoreVainSuspends();
  let status: number;
  try {
    status = await main(Deno.args, terminal);
  } catch (error) {
    tell(error, Deno.args, terminal);
    status = exitStatusOf(error);
  }
  giveTerminalBack();
  Deno.exit(status);
}
