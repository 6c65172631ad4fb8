/** A real server with a root of its own, and what a test asks of it. */
import { fromFileUrl, join } from "@std/path";
import { KnownHosts } from "../client/connection/known_hosts.ts";
import { openSession, type Session } from "../client/connection/session.ts";
import { parseQuota } from "../console/size.ts";
import { makePrivateFolder } from "../files/folder.ts";
import { lookAt } from "../files/lookup.ts";
import { SCRAM_ITERATIONS_LEAST } from "../protocol/limits.ts";
import { Accounts } from "../users/accounts.ts";
import { newVerifier } from "../users/credentials.ts";
import { openDatabase } from "../users/database.ts";
import { type Root, rootAt } from "../users/root.ts";
import { PASSWORD, TempDir } from "./harness.ts";
import { type Ran, runFtp, type RunSetup } from "./run_ftp.ts";
import { type Running, ServerOutput, type ServerSetup, startServing } from "./serving.ts";

/** Rounds of PBKDF2 of the tests' accounts: the fewest that a client accepts. */
const verifier = newVerifier(PASSWORD, SCRAM_ITERATIONS_LEAST);
const FIXTURE = fromFileUrl(new URL("fixture", import.meta.url));

/** A running server with a root of its own. */
export class TestServer implements AsyncDisposable {
  readonly root: Root;
  readonly port: number;
  readonly fingerprint: string | undefined;
  readonly #running: Running;
  readonly #temp: TempDir | undefined;
  readonly #log: ServerOutput;

  private constructor(parts: {
    root: Root;
    port: number;
    fingerprint: string | undefined;
    running: Running;
    temp: TempDir | undefined;
    log: ServerOutput;
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
    const log = new ServerOutput();
    const running = startServing(all, log, setup);
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
    if (lookAt(path)) continue;
    Deno.copyFileSync(join(FIXTURE, name), path);
    Deno.chmodSync(path, 0o600);
  }
}
