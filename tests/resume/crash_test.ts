import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { SourceNames } from "../../client/transfer/source_names.ts";
import { TempFiles } from "../../client/transfer/temp_files.ts";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import type { Remote } from "../../client/connection/remote.ts";
import { ConnectionPool } from "../../client/tree/connection_pool.ts";
import { TreeJob } from "../../client/tree/job.ts";
import { TreeUpload } from "../../client/tree/tree_upload.ts";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { bytesUnder, recount } from "../../users/recount.ts";
import type { Root } from "../../users/root.ts";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir, testState } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { sampledSteps } from "../sample.ts";
import { PLAIN_OPTIONS } from "../tree/kit.ts";
import { assertConsistent, bookedFor, Client, namesIn, staged, until, watcherOf } from "./kit.ts";

const FAULTY_DISK = fromFileUrl(new URL("../faulty_disk.ts", import.meta.url));
/** A run that meets no fault comes far earlier. */
const MOST_OPERATIONS = 400;

const OLD = someBytes(70_000, 1);
const NEW = someBytes(1_000_000, 2);

interface Work {
  /** What a user does, on a home that holds `old`, `folder/` and `gone`. */
  run(client: Client, temp: TempDir): Promise<unknown>;
  /** What each name may hold afterwards, whether it went well or not. */
  readonly mayHold: Readonly<Record<string, readonly (Uint8Array | undefined)[]>>;
}

const WORKS: Readonly<Record<string, Work>> = {
  "a put of a new file": {
    run: (client, temp) => client.put(temp.join("new"), "/fresh"),
    mayHold: { old: [OLD], gone: [OLD], fresh: [undefined, NEW] },
  },
  "a put over a file": {
    run: (client, temp) => client.put(temp.join("new"), "/old"),
    mayHold: { old: [OLD, NEW], gone: [OLD] },
  },
  "a put of an empty file": {
    run: (client, temp) => client.put(temp.join("empty"), "/fresh"),
    mayHold: { old: [OLD], gone: [OLD], fresh: [undefined, new Uint8Array(0)] },
  },
  "a get": {
    run: (client, temp) => client.get("/old", temp.join("got")),
    mayHold: { old: [OLD], gone: [OLD] },
  },
  "a put -r": {
    run: ({ link }, temp) => link.run((remote) => putTreeOf(remote, temp.join("tree"))),
    mayHold: { old: [OLD], gone: [OLD], "tree/a": [undefined, OLD], "tree/sub/b": [undefined, OLD] },
  },
  "an mv": {
    run: ({ link }) => link.run((remote) => remote.call("mv", { from: path("/old"), to: path("/folder/moved") })),
    mayHold: { old: [OLD, undefined], "folder/moved": [undefined, OLD], gone: [OLD] },
  },
  "an rm": {
    run: ({ link }) => link.run((remote) => remote.call("rm", { path: path("/gone") })),
    mayHold: { old: [OLD], gone: [OLD, undefined] },
  },
  "an rm -r": {
    run: ({ link }) => link.run((remote) => remote.call("rm", { path: path("/folder"), recursive: true })),
    mayHold: { old: [OLD], gone: [OLD] },
  },
  "a mkdir": {
    run: ({ link }) => link.run((remote) => remote.call("mkdir", { path: path("/a/b"), parents: true })),
    mayHold: { old: [OLD], gone: [OLD] },
  },
  "a rmdir": {
    run: ({ link }) => link.run((remote) => remote.call("rmdir", { path: path("/empty") })),
    mayHold: { old: [OLD], gone: [OLD] },
  },
  "a quota": {
    run: ({ link }) => link.run((remote) => remote.call("quota", {})),
    mayHold: { old: [OLD], gone: [OLD] },
  },
};

async function putTreeOf(remote: Remote, source: string): Promise<void> {
  const watcher = watcherOf({});
  const job = new TreeJob(PLAIN_OPTIONS, watcher);
  const place = { source, base: path("/tree"), again: false };
  const temps = new TempFiles(testState());
  const sources = new SourceNames(testState());
  const stopping = new AbortController().signal;
  const first = { remote, user: "alice", watcher, limit: new RateLimit(undefined), temps, sources, stopping };
  await using pool = new ConnectionPool(first, { wanted: 1, open: () => Promise.reject(new Error("one is enough")) });
  await new TreeUpload(job, pool, place).run();
}

function path(text: string) {
  return virtualPath(text);
}

function start(root: string, orders: Orders): Promise<TestServer> {
  const options = { preload: FAULTY_DISK, env: { FTP_FAULT: orders.file } };
  return TestServer.start(["--no-tls", "--disk-reserve", "0"], root, options);
}

/** A home as every run finds it. */
function prepare(server: TestServer, temp: TempDir): void {
  const home = server.home("alice");
  for (const name of namesIn(home)) Deno.removeSync(`${home}/${name}`, { recursive: true });
  Deno.mkdirSync(`${home}/folder`);
  Deno.mkdirSync(`${home}/empty`);
  for (const name of ["old", "gone", "folder/inner"]) Deno.writeFileSync(`${home}/${name}`, OLD);
  temp.file("new", NEW);
  temp.file("empty", "");
  Deno.mkdirSync(temp.join("tree", "sub"), { recursive: true });
  for (const name of ["tree/a", "tree/sub/b", "tree/sub/c"]) temp.file(name, OLD);
  if (namesIn(temp.path).includes("got")) Deno.removeSync(temp.join("got"));
  recountHome({ root: server.root, home });
}

/** Makes the ledger agree with what was made behind the server's back, as `ftp quota alice --recount` does. */
function recountHome({ root, home }: { root: Root; home: string }): void {
  const database = openDatabase(root.database);
  recount(database, new Accounts(database).get("alice").id, home);
  database.close();
}

/** Gives a disk its orders; they hold from its next operation on. */
class Orders {
  readonly file: string;

  constructor(temp: TempDir) {
    this.file = temp.file("orders", "off");
  }

  set(order: string): void {
    if (this.isMet) Deno.removeSync(`${this.file}.met`);
    Deno.writeTextFileSync(this.file, order);
  }

  get isMet(): boolean {
    return contentOf(`${this.file}.met`) !== undefined;
  }
}

/** Runs it; anything but a plain answer or a lost connection is a failure of the test. */
async function attempt(work: Work, client: Client, temp: TempDir): Promise<void> {
  await work.run(client, temp).catch((error) => {
    if (!(error instanceof StatusError)) throw error;
  });
}

function assertWhole(server: TestServer, { mayHold }: Work, when: string): void {
  for (const [name, allowed] of Object.entries(mayHold)) {
    const content = contentOf(`${server.home("alice")}/${name}`);
    const isAllowed = allowed.some((one) => sameBytes(one, content));
    assert(isAllowed, `${name} holds ${content?.length ?? "no"} bytes of neither its old nor its new content ${when}`);
  }
}

function contentOf(file: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(file);
  } catch {
    return undefined;
  }
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (!left || !right) return left === right;
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

async function assertUsable(server: TestServer, temp: TempDir, when: string): Promise<void> {
  await using client = new Client(await server.session("alice"), 0);
  await client.put(temp.join("new"), "/after");
  assertEquals(contentOf(`${server.home("alice")}/after`)?.length, NEW.length, `a put works ${when}`);
}

for (const [name, work] of Object.entries(WORKS)) {
  for (const mode of ["once", "on"]) {
    Deno.test(`Home keeps files whole and the ledger exact when the disk fails ${mode} at any step of ${name}`, async () => {
      using temp = new TempDir();
      const orders = new Orders(temp);
      await using server = await start(temp.join("root"), orders);
      await server.addUsers("10M", "alice");
      const wrong: string[] = [];
      let isOver = false;
      for (const k of sampledSteps(`a failing disk (${name}, ${mode})`)) {
        if (isOver || k >= MOST_OPERATIONS) break;
        const when = `after operation ${k} of ${name} failed (${mode})`;
        prepare(server, temp);
        await using client = new Client(await server.session("alice"), 0);
        orders.set(`${mode} ${k}`);
        await attempt(work, client, temp);
        isOver = !orders.isMet;
        orders.set("off");
        assertWhole(server, work, when);
        const [booked, held] = [bookedFor(server, "alice"), bytesUnder(server.home("alice"))];
        if (booked !== held) wrong.push(`used is ${booked}, the home holds ${held} ${when}`);
        // Where even the removal failed a file without a record may wait for the next start, but no reservation.
        await until(`the reservation has gone back ${when}`, () => staged(server, "alice").rows.length === 0);
        await assertUsable(server, temp, when);
      }
      assert(isOver, "some run meets no fault");
      assertEquals(wrong, []);
      assertEquals((await server.stop()).code, 0);
      await using again = await TestServer.start(["--no-tls"], temp.join("root"));
      assertConsistent(again, "alice", `after a clean stop and a start (${name}, ${mode})`);
      assertEquals(staged(again, "alice").files, []);
    });
  }
}

for (const [name, work] of Object.entries(WORKS)) {
  if (name === "a get" || name === "a quota") continue;
  Deno.test(`recover() brings files and ledger together when the server is killed at any step of ${name}`, async () => {
    using temp = new TempDir();
    const root = temp.join("root");
    const orders = new Orders(temp);
    let server = await start(root, orders);
    try {
      await server.addUsers("10M", "alice");
      let isOver = false;
      for (const k of sampledSteps(`kills of the server (${name})`)) {
        if (isOver || k >= MOST_OPERATIONS) break;
        const when = `after a kill at change ${k} of ${name}`;
        prepare(server, temp);
        {
          await using client = new Client(await server.session("alice"), 0);
          orders.set(`kill ${k}`);
          await attempt(work, client, temp);
          isOver = !orders.isMet;
          orders.set("off");
        }
        const { code } = await server.stop(isOver ? "SIGTERM" : "SIGKILL");
        assertEquals(code, isOver ? 0 : 137);
        server = await start(root, orders);
        assertWhole(server, work, when);
        assertConsistent(server, "alice", when);
        await assertUsable(server, temp, when);
      }
      assert(isOver, "some run meets no fault");
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
}

Deno.test("openPart() goes on or starts over when the client was killed at any step of a get", async () => {
  using temp = new TempDir();
  await using server = await TestServer.start(["--no-tls"], temp.join("root"));
  await server.addUsers("10M", "alice");
  prepare(server, temp);
  const orders = new Orders(temp);
  const options: Deno.CommandOptions = {
    stdin: "null",
    stdout: "null",
    stderr: "null",
    // The shim looks at folders of these names.
    env: { FTP_PASSWORD: PASSWORD, FTP_FAULT: orders.file, XDG_STATE_HOME: temp.join("staging") },
  };
  const state = temp.join("staging", "ftp");
  Deno.mkdirSync(temp.join("home"));
  const target = temp.join("home", "got");
  const wrong: string[] = [];
  let isOver = false;
  for (const k of sampledSteps("kills of a get")) {
    if (isOver || k >= MOST_OPERATIONS) break;
    orders.set(`kill ${k}`);
    const args = ["get", `alice@${server.address}:old`, target, ...server.clientArgs()];
    const { code } = await ftpCommand(args, options, [FAULTY_DISK]).output();
    isOver = !orders.isMet;
    assertEquals(code, isOver ? 0 : 137);
    await using client = new Client(await server.session("alice"), 0, state);
    const failure = await client.get("/old", target).then(() => undefined, (error) => String(error));
    if (failure !== undefined) wrong.push(`after a kill at change ${k}: ${failure}`);
    else assert(sameBytes(contentOf(target), OLD), `the file is whole after a kill at change ${k}`);
    const left = namesIn(temp.join("home")).filter((name) => name !== "got");
    left.push(...namesIn(`${state}/downloads`).filter((name) => name.endsWith(".json")));
    if (left.length > 0 && failure === undefined) wrong.push(`after a kill at change ${k} there is still ${left}`);
    for (const name of namesIn(temp.join("home"))) Deno.removeSync(temp.join("home", name));
  }
  assert(isOver, "some run meets no fault");
  assertEquals(wrong, []);
});
