/**
 * What the tests share: a real server, the real program, and temporary places. Program and server run in this process, with
 * real sockets and a real disk, unless a test needs a process of their own: to kill it, to look at its memory, its streams
 * or its permissions.
 */
import { fromFileUrl, join } from "@std/path";
import { KnownHosts } from "../client/connection/known_hosts.ts";
import { DownloadRecords } from "../client/transfer/download_records.ts";
import { RecordFolder } from "../client/transfer/record_folder.ts";
import { openSession, type Session } from "../client/connection/session.ts";
import { stateFolder } from "../client/transfer/state_folder.ts";
import { parseQuota } from "../console/size.ts";
import { main } from "../main.ts";
import { SCRAM_ITERATIONS_LEAST } from "../protocol/limits.ts";
import { Accounts } from "../users/accounts.ts";
import { newVerifier } from "../users/credentials.ts";
import { openDatabase } from "../users/database.ts";
import { makePrivateFolder } from "../files/folder.ts";
import { type Root, rootAt } from "../users/root.ts";
import { FakeTerminal } from "./fake_terminal.ts";

/** The password of every account that a test makes. */
export const PASSWORD = "correct horse battery";

const MAIN = fromFileUrl(new URL("../main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../deno.json", import.meta.url));
/** Rounds of PBKDF2 of the tests' accounts: the fewest that a client accepts. */
const verifier = newVerifier(PASSWORD, SCRAM_ITERATIONS_LEAST);
const FIXTURE = fromFileUrl(new URL("fixture", import.meta.url));
/** Lasts long enough for the slowest machine; nobody waits for it when all is well. */
export const PATIENCE_MS = 60_000;

/** A folder that goes away with its owner. */
export class TempDir implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ftp-test-" }));

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file below and returns its path. */
  file(name: string, content: string | Uint8Array): string {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    Deno.writeFileSync(this.join(name), bytes);
    return this.join(name);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

let stateHome: TempDir | undefined;
globalThis.addEventListener("unload", () => stateHome?.[Symbol.dispose]());

/** Where all clients of one test file keep their state: never in the home of whoever runs the tests. */
export function stateEnvironment(): { XDG_STATE_HOME: string } {
  stateHome ??= new TempDir();
  return { XDG_STATE_HOME: stateHome.path };
}

/** The client's folder there. */
export function testState(): string {
  const env: Record<string, string> = stateEnvironment();
  return stateFolder({ env: (name) => env[name], os: Deno.build.os })!;
}

/** The temporary file of an unfinished download to a name, if there is one. */
export function partOf(target: string, state = testState()): string | undefined {
  return new DownloadRecords(new RecordFolder(join(state, "downloads"))).ofTarget(target)[0]?.temp;
}

/** Bytes that look random and are the same each time. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2_654_435_761 >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** SHA-256 in hexadecimal. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex();
}

/** How a run of the program ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `deno task ftp` runs the program: what a test runs may do no more than a user's run, and has no other memory. */
const RUN_OPTIONS: readonly string[] = JSON.parse(Deno.readTextFileSync(CONFIG)).tasks.ftp
  .split(" ").filter((word: string) => /^--(?:allow|no-prompt|v8-flags)/.test(word));

/** The arguments of Deno for a call of the program as `deno task ftp` makes it. */
export function ftpArguments(args: readonly string[], preload: readonly string[] = []): string[] {
  const first = preload.flatMap((module) => ["--preload", module]);
  return ["run", "--quiet", "--config", CONFIG, ...first, ...RUN_OPTIONS, MAIN, ...args];
}

/** Words before a program that take from the superuser the right to read everything; nobody else has it. */
export const WITHOUT_RIGHTS: readonly string[] = Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
  : [];

/** Colours and the caller's own settings must not decide a test. */
const OWN_ENVIRONMENT = { NO_COLOR: "1", FTP_ROOT: "" } as const;

/** A call of the program; `wrap`: words before it. */
export function ftpCommand(
  args: readonly string[],
  options: Deno.CommandOptions = {},
  preload: readonly string[] = [],
  wrap: readonly string[] = [],
): Deno.Command {
  const [program, ...before] = [...wrap, Deno.execPath()];
  return new Deno.Command(program!, {
    args: [...before, ...ftpArguments(args, preload)],
    ...options,
    env: { ...OWN_ENVIRONMENT, ...stateEnvironment(), ...options.env },
  });
}

/** How a run of the program is set up. */
export interface RunSetup {
  readonly stdin?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It runs in a process of its own. */
  readonly process?: boolean;
  /** Words before the program, which then has a process of its own. */
  readonly wrap?: readonly string[];
}

/** Runs the program to its end. */
export async function runFtp(args: readonly string[], setup: RunSetup = {}): Promise<Ran> {
  if (setup.process || setup.wrap) return await runProcess(args, setup);
  const { stdin = "", env, cwd } = setup;
  const terminal = new FakeTerminal({ stdin, env: environment(env), ...cwd === undefined ? {} : { cwd } });
  const code = await main(args, terminal);
  return { code, stdout: terminal.written, stderr: terminal.stderr };
}

/** The environment of a run in this process, as a process of its own would have it. */
function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...Deno.env.toObject(), ...OWN_ENVIRONMENT, ...stateEnvironment(), ...env };
}

async function runProcess(args: readonly string[], { stdin = "", env = {}, cwd, wrap = [] }: RunSetup): Promise<Ran> {
  const options: Deno.CommandOptions = { stdin: "piped", stdout: "piped", stderr: "piped", env };
  const child = ftpCommand(args, cwd === undefined ? options : { ...options, cwd }, [], wrap).spawn();
  const writer = child.stdin.getWriter();
  // A program that does not read its stdin closes it: that is its right.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What a server writes to its standard error. */
class Log {
  text = "";
  #onMore = Promise.withResolvers<void>();

  add(text: string): void {
    this.text += text;
    this.#onMore.resolve();
    this.#onMore = Promise.withResolvers();
  }

  /** @throws {Error} when the server ends, or patience does, before that is so */
  async until(isSo: (text: string) => boolean, ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    const patience = new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      Deno.unrefTimer(timer);
    });
    const over = Promise.race([ended, patience]);
    void over.then(() => isOver = true);
    for (; !isSo(this.text); await Promise.race([this.#onMore.promise, over])) {
      if (isOver) throw new Error(`The server did not log it: ${this.text}`);
    }
  }
}

/** A server that runs: how it is asked to end, and how it ended. */
interface Running {
  /** What it has written to its standard output. */
  readonly announced: Promise<string>;
  readonly ended: Promise<number>;
  readonly child: Deno.ChildProcess | undefined;
  signal(signal: Deno.Signal): void;
}

/** Runs a server in this process. */
function serveHere(args: readonly string[], log: Log): Running {
  const { promise, resolve } = Promise.withResolvers<string>();
  const onText = (stream: string, text: string) => stream === "stdout" ? resolve(text) : log.add(text);
  const terminal = new FakeTerminal({ env: environment(), onText });
  const ended = main(args, terminal);
  return { announced: promise, ended, child: undefined, signal: (signal) => terminal.signal(signal) };
}

/** Runs a server in a process of its own. */
function serveProcess(args: readonly string[], log: Log, { preload, env = {}, wrap }: ServerSetup): Running {
  const piped: Deno.CommandOptions = { stdin: "null", stdout: "piped", stderr: "piped", env };
  const child = ftpCommand(args, piped, preload === undefined ? [] : [preload], wrap).spawn();
  const logged = logOf(child.stderr, log);
  const signal = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself already.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  return {
    announced: firstLineOf(child.stdout),
    ended: logged.then(async () => (await child.status).code),
    child,
    signal,
  };
}

async function logOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, log: Log): Promise<void> {
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) log.add(piece);
}

async function firstLineOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let first = "";
  while (!first.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    first += value;
  }
  void reader.cancel();
  return first;
}

/** How a server is set up. Each of these but `fresh` gives it a process of its own. */
export interface ServerSetup {
  /** It runs in a process of its own. */
  readonly process?: boolean;
  /** A module that runs before the program. */
  readonly preload?: string;
  /** More of its environment. */
  readonly env?: Record<string, string>;
  /** Words before the program. */
  readonly wrap?: readonly string[];
  /** It makes a certificate of its own, as a first start does, instead of having that of all tests. */
  readonly fresh?: boolean;
}

/** A running server with a root of its own. */
export class TestServer implements AsyncDisposable {
  readonly root: Root;
  readonly port: number;
  readonly fingerprint: string | undefined;
  readonly #running: Running;
  readonly #temp: TempDir | undefined;
  readonly #log: Log;

  private constructor(parts: {
    root: Root;
    port: number;
    fingerprint: string | undefined;
    running: Running;
    temp: TempDir | undefined;
    log: Log;
  }) {
    ({ root: this.root, port: this.port, fingerprint: this.fingerprint } = parts);
    this.#running = parts.running;
    this.#temp = parts.temp;
    this.#log = parts.log;
  }

  /**
   * Starts a server on a free loopback port.
   *
   * @param args more options of `serve`
   * @param directory a root that outlives this server
   */
  static async start(args: readonly string[] = [], directory?: string, setup: ServerSetup = {}): Promise<TestServer> {
    const temp = directory === undefined ? new TempDir() : undefined;
    const root = rootAt(directory ?? temp!.join("root"));
    if (!setup.fresh) giveCertificate(root);
    const defaults = { "--host": "127.0.0.1", "--port": "0", "--log-format": "json" };
    // An option is given once.
    const others = Object.entries(defaults).filter(([name]) => !args.includes(name)).flat();
    const all = ["serve", "--json", "--root", root.directory, ...others, ...args];
    const log = new Log();
    const { process, preload, env, wrap } = setup;
    const running = process || preload || env || wrap ? serveProcess(all, log, setup) : serveHere(all, log);
    const first = await Promise.race([running.announced, running.ended.then(() => "")]);
    const { event, port, fingerprint } = first === "" ? {} : JSON.parse(first);
    if (event !== "listening") throw new Error(`The server did not start: ${first}${log.text}`);
    return new TestServer({ root, port, fingerprint: fingerprint ?? undefined, running, temp, log });
  }

  /** Its process, for a test that has given it one. */
  get child(): Deno.ChildProcess {
    if (!this.#running.child) throw new Error("This server has no process of its own: start it with { process: true }");
    return this.#running.child;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Where a user's files are. */
  home(user: string): string {
    return join(this.root.homes, user);
  }

  /** Adds accounts, all with the same password. */
  async addUsers(quota: string, ...names: string[]): Promise<void> {
    const database = openDatabase(this.root.database);
    for (const name of names) {
      new Accounts(database).add(name, await verifier, parseQuota(quota));
      makePrivateFolder(this.home(name));
    }
    database.close();
  }

  /** What the ledger has booked as used by an account. */
  used(name: string): number {
    const database = openDatabase(this.root.database);
    try {
      return new Accounts(database).get(name).used;
    } finally {
      database.close();
    }
  }

  /** Options of the client that make it reach this server with the test's password and no terminal. */
  clientArgs(): string[] {
    return ["--known-hosts", join(this.root.directory, "known_hosts"), ...this.fingerprint ? [] : ["--no-tls"]];
  }

  /** Runs the program against this server: `ftp(["get", …])`. The password comes from the environment. */
  ftp(args: readonly string[], setup: RunSetup = {}): Promise<Ran> {
    const env = { FTP_PASSWORD: PASSWORD, ...setup.env };
    return runFtp([...args, ...this.clientArgs()], { ...setup, env });
  }

  /** Runs shell commands as a user: `ftp connect USER@… -c COMMANDS`. */
  shell(user: string, commands: string, args: readonly string[] = [], cwd?: string): Promise<Ran> {
    return this.ftp(["connect", `${user}@${this.address}`, "-c", commands, ...args], cwd === undefined ? {} : { cwd });
  }

  /** Logs in without a terminal, in this process. */
  session(user: string, { port = this.port, password = PASSWORD } = {}): Promise<Session> {
    return openSession({
      user,
      password: { isAsked: false, get: () => Promise.resolve(password) },
      secret: undefined,
      dial: {
        host: "127.0.0.1",
        port,
        tls: this.fingerprint !== undefined,
        fingerprint: undefined,
        authorities: undefined,
        knownHosts: new KnownHosts(join(this.root.directory, "known_hosts_in_process")),
        connectTimeoutMs: 10_000,
      },
    }, () => {});
  }

  /** Waits until a pattern with the flag `g` matches N places of the log: a client is gone before the server has noticed. */
  untilLogged(pattern: RegExp, times = 1): Promise<void> {
    return this.#log.until((text) => (text.match(pattern)?.length ?? 0) >= times, this.#running.ended);
  }

  /** Sends it a signal. */
  signal(signal: Deno.Signal): void {
    this.#running.signal(signal);
  }

  /** Stops it; resolves to its exit status and its log. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<{ code: number; log: string }> {
    // Only a process can be killed.
    if (signal === "SIGKILL") void this.child;
    this.signal(signal);
    const code = await this.#running.ended;
    return { code, log: this.#log.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // In this process the second signal, which is no copy of the first, ends what still runs.
    for (const signal of this.#running.child ? ["SIGKILL"] as const : ["SIGTERM", "SIGINT"] as const) {
      this.signal(signal);
    }
    await this.#running.ended;
    this.#temp?.[Symbol.dispose]();
  }
}

/** A first start would spend most of its time on a certificate. */
function giveCertificate({ tls }: Root): void {
  makePrivateFolder(tls);
  for (const name of ["key.pem", "cert.pem"]) {
    const path = join(tls, name);
    if (isThere(path)) continue;
    Deno.copyFileSync(join(FIXTURE, name), path);
    Deno.chmodSync(path, 0o600);
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
