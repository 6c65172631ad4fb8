/** `ftp`: the table of subcommands, and the only file that knows the process. */
import { type Invocation, parseInvocation, type Subcommand } from "./protocol/command_line.ts";
import { helpOf, helpRecord, overviewOf } from "./protocol/help.ts";
import { EXIT, exitStatusOf, formatCode, StatusError, UsageError } from "./protocol/status.ts";
import { SecretLine, type Typed } from "./protocol/secret_line.ts";
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
  help: () => Promise.resolve(help),
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
    rows: () => isScreen ? Deno.consoleSize().rows : 24,
    write: (text) => writeAll(Deno.stdout, text),
    warn: (line) => writeAll(Deno.stderr, `${line}\n`),
    askSecret: (prompt) => Deno.stdin.isTerminal() ? askSecret(prompt) : null,
    lines: () => ({ [Symbol.asyncIterator]: () => ({ next: () => stdin.next() }) }),
    env: (name) => Deno.env.get(name),
    os: Deno.build.os,
  };
}

/** Asks on stderr: stdout may go to a file. */
function askSecret(prompt: string): string {
  writeAll(Deno.stderr, `${prompt} `);
  const line = new SecretLine();
  const key = new Uint8Array(1);
  Deno.stdin.setRaw(true);
  try {
    for (let typed: Typed = "more"; typed !== "done";) {
      typed = Deno.stdin.readSync(key) === null ? "done" : line.push(key[0]!);
      if (typed === "interrupted") throw new StatusError(206, "Stopped as asked");
    }
  } finally {
    Deno.stdin.setRaw(false);
    writeAll(Deno.stderr, "\n");
  }
  return line.text;
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
