/** What the tests of resuming share: a server behind a bad network, and what must hold whatever happened. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { download } from "../../client/transfer/download.ts";
import { listParts } from "../../client/connection/list_remote.ts";
import { Link } from "../../client/connection/link.ts";
import { SourceNames } from "../../client/transfer/source_names.ts";
import { TempFiles } from "../../client/transfer/temp_files.ts";
import type { TransferResult, Watcher } from "../../client/progress/watcher.ts";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import type { Session } from "../../client/connection/session.ts";
import { upload } from "../../client/transfer/upload.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { bytesUnder } from "../../users/recount.ts";
import { ChaosProxy, type Weather } from "../chaos_proxy.ts";
import { partOf, PATIENCE_MS, TempDir, testState } from "../harness.ts";
import { type Ran } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";

export const MIB = 1024 ** 2;

const LOOK_AGAIN_MS = 20;

/** A server, a bad network in front of it, and a place for local files. */
export class Bench implements AsyncDisposable {
  readonly temp = new TempDir();
  readonly server: TestServer;
  readonly proxy: ChaosProxy;
  #isKnown = false;

  private constructor(server: TestServer, proxy: ChaosProxy) {
    this.server = server;
    this.proxy = proxy;
  }

  /** A server with one user, `alice`. Without TLS unless wanted: a cut can then be placed to the byte. */
  static async start(
    { args = [], tls = false, quota = "4G", process = false }: {
      args?: string[];
      tls?: boolean;
      quota?: string;
      process?: boolean;
    } = {},
  ) {
    const options = [...args, "--disk-reserve", "0", ...tls ? [] : ["--no-tls"]];
    const server = await TestServer.start(options, undefined, { process });
    await server.addUsers(quota, "alice");
    return new Bench(server, await ChaosProxy.start(server.port));
  }

  /** A session through the bad network. */
  async client(forecast: Weather[] = []): Promise<Client> {
    this.proxy.forecast = forecast;
    return new Client(await this.server.session("alice", { port: this.proxy.port }));
  }

  /** Runs a one-shot through the bad network; `REMOTE:` in its arguments is the server. */
  ftp(args: readonly string[], forecast: Weather[] = []): Promise<Ran> {
    this.proxy.forecast = this.forecast(forecast);
    const remote = `alice@${this.proxy.address}:`;
    return this.server.ftp(args.map((arg) => arg.replace("REMOTE:", remote)));
  }

  /** A first contact looks at the certificate on a connection of its own, which has fair weather. */
  forecast(weather: Weather[]): Weather[] {
    const isFirst = this.server.fingerprint !== undefined && !this.#isKnown;
    this.#isKnown = true;
    return isFirst ? [{}, ...weather] : weather;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    this.temp[Symbol.dispose]();
  }
}

/** The client's transfers without a terminal: they come back by themselves, unless `retries` is 0. */
export class Client implements AsyncDisposable {
  readonly link: Link;
  /** What the user was told. */
  readonly notices: string[] = [];
  /** How often the connection was lost. */
  losses = 0;
  readonly temps: TempFiles;
  readonly sources: SourceNames;

  /** @param state the folder of what it remembers */
  constructor(session: Session, retries?: number, state = testState()) {
    this.temps = new TempFiles(state);
    this.sources = new SourceNames(state);
    this.link = new Link(session, { retries, onLost: () => void this.losses++ });
  }

  put(source: string, path: string, { create = false } = {}): Promise<TransferResult> {
    const plan = { source, path: virtualPath(path), create };
    return this.link.run((remote, attempt) => upload(plan, this.#tools(remote), { again: attempt > 1 }));
  }

  get(path: string, target: string, { force = false } = {}): Promise<TransferResult> {
    return this.link.run((remote) => download({ path: virtualPath(path), target, force }, this.#tools(remote)));
  }

  /** Waits until the server has noticed that no upload runs any more. */
  async settled(): Promise<void> {
    const { remote } = this.link.session;
    await until("no upload runs", async () => (await listParts(remote)).every(({ running }) => !running));
  }

  #tools(remote: Session["remote"]) {
    const watcher = watcherOf({ notice: (text) => void this.notices.push(text) });
    const { temps, sources, link } = this;
    return {
      remote,
      user: link.session.user,
      watcher,
      limit: new RateLimit(undefined),
      temps,
      sources,
      stopping: link.stopping,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.session.remote.close();
  }
}

/** A watcher that only does what a test wants. */
export function watcherOf(wanted: Partial<Watcher>): Watcher {
  const watcher: Watcher = {
    label() {},
    begin() {},
    advance() {},
    notice() {},
    file: () => ({ ...watcher, [Symbol.dispose]() {} }),
    ...wanted,
  };
  return watcher;
}

/** Waits for something that no event tells of. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** One record of an unfinished upload as it is in the database. */
export interface PartRow {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly offset: number;
}

/** The unfinished uploads of a user: what the table says, and what is on disk. */
export function staged({ root }: TestServer, user: string): { rows: PartRow[]; files: string[] } {
  using database = opened(root.database);
  const rows = database.prepare(
    "SELECT uploads.* FROM uploads JOIN users ON users.id = user_id WHERE name = ? ORDER BY uploads.id",
  ).all(user) as unknown as PartRow[];
  return { rows, files: namesIn(join(root.staging, user)) };
}

/** Bytes that the ledger has booked for a user. */
export function bookedFor({ root }: TestServer, user: string): number {
  using database = opened(root.database);
  return database.prepare("SELECT used FROM users WHERE name = ?").get(user)!.used as number;
}

function opened(file: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA busy_timeout = 5000");
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
}

/** How much of an unfinished download is here. */
export function sizeOfPart(target: string): number {
  const part = partOf(target);
  try {
    return part === undefined ? 0 : Deno.statSync(part).size;
  } catch (error) {
    // It has got its name in this moment.
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Names in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** What holds at any quiet moment: the ledger agrees with the home, and the table with staging. */
export function assertConsistent(server: TestServer, user = "alice", when = ""): void {
  assertEquals(bookedFor(server, user), bytesUnder(server.home(user)), `used is what the home holds ${when}`);
  const { rows, files } = staged(server, user);
  assertEquals(rows.map(({ id }) => id), files, `staging and its table agree ${when}`);
  for (const { id, offset } of rows) {
    const { size } = Deno.statSync(join(server.root.staging, user, id));
    assert(size >= offset, `a part holds what its record promises ${when}: ${size} of ${offset}`);
  }
}

/** What holds when nothing is left to be continued. */
export function assertNothingLeft(server: TestServer, user = "alice", when = ""): void {
  assertConsistent(server, user, when);
  assertEquals(staged(server, user), { rows: [], files: [] }, `nothing is left in staging ${when}`);
}

/** Writes a large file quickly: blocks of bytes that look random and tell where they belong. @returns its path */
export function bigFile(path: string, bytes: number, seed = 1): string {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const block = new Uint32Array(MIB / 4);
  let state = seed * 2_654_435_761 >>> 0 || 1;
  for (let at = 0; at < block.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[at] = state;
  }
  const view = new Uint8Array(block.buffer);
  for (let at = 0; at < bytes; at += MIB) {
    block[0] = at / MIB;
    block[1] = seed;
    const piece = view.subarray(0, Math.min(MIB, bytes - at));
    for (let done = 0; done < piece.length;) done += file.writeSync(piece.subarray(done));
  }
  return path;
}

/** Whether two files have the same bytes. */
export function isSameFile(left: string, right: string): boolean {
  using a = Deno.openSync(left);
  using b = Deno.openSync(right);
  if (a.statSync().size !== b.statSync().size) return false;
  const [x, y] = [new Uint8Array(MIB), new Uint8Array(MIB)];
  for (;;) {
    const count = a.readSync(x);
    if (count === null) return true;
    for (let at = 0; at < count;) {
      const more = b.readSync(y.subarray(at, count));
      if (more === null) return false;
      at += more;
    }
    if (Buffer.compare(x.subarray(0, count), y.subarray(0, count)) !== 0) return false;
  }
}
