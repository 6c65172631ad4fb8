/** `ftp`: the table of subcommands, and the only file that knows the process. */
import { promptSecret } from "@std/cli/prompt-secret";
import { helpOf, type Invocation, parseInvocation, type Subcommand, usageOf } from "./protocol/command_line.ts";
import { EXIT, exitStatusOf, formatCode, StatusError, UsageError } from "./protocol/status.ts";
import type { Terminal } from "./protocol/terminal.ts";
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
};

function account(name: string): () => Promise<Subcommand> {
  return async () => {
    const { ACCOUNT_SUBCOMMANDS } = await import("./users/commands.ts");
    return ACCOUNT_SUBCOMMANDS.find((subcommand) => subcommand.name === name)!;
  };
}

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  for (let rest = encoder.encode(text); rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
}

const isScreen = Deno.stdout.isTerminal();

function terminalOf(argv: readonly string[]): Terminal {
  return {
    isInteractive: Deno.stdin.isTerminal(),
    isScreen,
    hasColor: isScreen && !Deno.env.get("NO_COLOR") && !argv.includes("--no-color"),
    columns: () => isScreen ? Deno.consoleSize().columns : 80,
    write: (text) => writeAll(Deno.stdout, text),
    warn: (line) => writeAll(Deno.stderr, `${line}\n`),
    askSecret: (prompt) => Deno.stdin.isTerminal() ? promptSecret(prompt, { mask: "" }) ?? "" : null,
    lines: () => ({ [Symbol.asyncIterator]: () => ({ next: () => stdin.next() }) }),
    env: (name) => Deno.env.get(name),
    os: Deno.build.os,
  };
}

async function* stdinLines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** One reader for everybody: what follows the password on stdin is there for who reads the commands. */
const stdin = stdinLines();

async function help(name: string | undefined): Promise<string> {
  if (name !== undefined) return helpOf(await subcommandOf(name));
  const rows = await Promise.all(Object.keys(SUBCOMMANDS).map(subcommandOf));
  return [
    "usage: ftp COMMAND [ARGUMENTS] [OPTIONS]",
    "",
    ...rows.map((row) => `  ftp ${usageOf(row).replace(" [OPTIONS]", "").padEnd(52)}  ${row.summary}`),
    "",
    "ftp help COMMAND shows the options of a command, ftp --version the version.",
  ].join("\n");
}

async function subcommandOf(name: string): Promise<Subcommand> {
  if (!Object.hasOwn(SUBCOMMANDS, name)) {
    throw new UsageError(`Unknown command "${escapeText(name)}"; ftp --help lists the commands`);
  }
  return await SUBCOMMANDS[name]!();
}

async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.write(`${await help(name === "help" ? rest[0] : undefined)}\n`);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (name === "--version") {
    terminal.write(`ftp ${VERSION}\n`);
    return EXIT.done;
  }
  const subcommand = await subcommandOf(name);
  const invocation: Invocation = parseInvocation(subcommand, rest, terminal);
  if (!invocation.options.has("help")) return await subcommand.run(invocation);
  terminal.write(`${helpOf(subcommand)}\n`);
  return EXIT.done;
}

/** Tells a failure: `ftp: <code> <sentence>`, and the same as JSON where that is wanted. */
function tell(error: unknown, argv: readonly string[], terminal: Terminal): void {
  const known = error instanceof StatusError
    ? error
    : new StatusError(500, error instanceof Error ? error.message : String(error));
  const message = escapeText(known.message);
  terminal.warn(`ftp: ${formatCode(known.code)} ${message}`);
  if (!(error instanceof StatusError) && error instanceof Error && argv.includes("--verbose")) {
    terminal.warn(error.stack ?? "");
  }
  if (argv.includes("--json")) {
    terminal.write(`${JSON.stringify({ ok: false, code: known.code, message, ...known.details })}\n`);
  }
}

if (import.meta.main) {
  const terminal = terminalOf(Deno.args);
  let status: number;
  try {
    status = await main(Deno.args, terminal);
  } catch (error) {
    tell(error, Deno.args, terminal);
    status = exitStatusOf(error);
  }
  Deno.exit(status);
}
