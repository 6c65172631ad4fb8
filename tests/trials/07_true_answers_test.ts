import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Header } from "../../protocol/message/header.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/message/record.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { bytesUnder } from "../../users/recount.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { put } from "../server/jailed.ts";
import { BareHome } from "../server/bare_home.ts";
import { RawClient } from "../server/raw_client.ts";
import { commandsOf, makeTree, namesOf } from "../tree/kit.ts";

const FAULTY_DISK = fromFileUrl(new URL("../faulty_disk.ts", import.meta.url));
const UNSURE =
  /^(Stored|Made|Removed|Moved) ".*", but it is not sure to survive a power failure: the server's disk failed when the folder was synced$/;

/** A server whose folders fail on order, and alice with some things. */
async function faulty(temp: TempDir) {
  const orders = temp.file("orders", "off");
  const options = { preload: FAULTY_DISK, env: { FTP_FAULT: orders } };
  const server = await TestServer.start(["--no-tls", "--disk-reserve", "0"], temp.join("root"), options);
  await server.addUsers("10M", "alice");
  const fill = () => {
    Deno.removeSync(server.home("alice"), { recursive: true });
    makeTree(server.home("alice"), { "old": "old", "gone": "gone", "empty": null, "full/a": "a", "full/b/c": "c" });
  };
  return { server, fill, order: (text: string) => Deno.writeTextFileSync(orders, text) };
}

/** Every command that changes names: what it does, and what is there before and after. */
const CHANGES: readonly [
  name: string,
  run: (client: RawClient) => Promise<Header>,
  after: Readonly<Record<string, string | undefined>>,
][] = [
  ["put", putAnswer("/fresh", "new"), { fresh: "new" }],
  ["put over a file", putAnswer("/old", "new!"), { old: "new!" }],
  ["mkdir", (client) => client.request("mkdir", { path: "/made" }), { "made/": "" }],
  ["mkdir parents", (client) => client.request("mkdir", { path: "/m/n", parents: true }), { "m/": "", "m/n/": "" }],
  ["rmdir", (client) => client.request("rmdir", { path: "/empty" }), { "empty/": undefined }],
  ["rm", (client) => client.request("rm", { path: "/gone" }), { gone: undefined }],
  ["rm recursive", (client) => client.request("rm", { path: "/full", recursive: true }), {
    "full/": undefined,
    "full/a": undefined,
    "full/b/": undefined,
    "full/b/c": undefined,
  }],
  ["mv", (client) => client.request("mv", { from: "/old", to: "/full/moved" }), {
    old: undefined,
    "full/moved": "old",
  }],
];

/** Uploads a text; returns the last header. */
function putAnswer(path: string, text: string): (client: RawClient) => Promise<Header> {
  return async (client) => {
    let last: Header = {};
    const receive = client.receive.bind(client);
    client.receive = async () => {
      const frame = await receive();
      last = frame?.header ?? {};
      return frame;
    };
    await put(client, path, text);
    client.receive = receive;
    return last;
  };
}

/** What a home holds: each name with its content. */
function contentOf(home: string): Record<string, string> {
  return Object.fromEntries(
    namesOf(home).map((name) => [name, name.endsWith("/") ? "" : Deno.readTextFileSync(`${home}/${name}`)]),
  );
}

function changed(before: Record<string, string>, change: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, content]) => content !== undefined));
}

Deno.test("row 7: a change is answered as done when only the sync of its folder fails, and as not done when it was not", async () => {
  using temp = new TempDir();
  const { server, fill, order } = await faulty(temp);
  await using _server = server;
  using client = await RawClient.login(server, "alice");
  const home = server.home("alice");
  for (const [name, run, after] of CHANGES) {
    fill();
    const before = contentOf(home);
    order("open-folder EMFILE");
    assertEquals([name, (await run(client)).code], [name, 503]);
    assertEquals(contentOf(home), before, `${name}: nothing has happened`);

    order("sync-folder EIO");
    const unsure = await run(client);
    assertEquals([name, unsure.code], [name, 201]);
    assertMatch(unsure.warning as string, UNSURE);
    assertEquals(contentOf(home), changed(before, after), `${name}: it has happened`);

    fill();
    for (const code of ["EINVAL", "ENOTSUP"]) {
      order(`sync-folder ${code}`);
      if (code === "ENOTSUP") fill();
      const silent = await run(client);
      assertEquals([name, silent.code, silent.warning], [name, 201, undefined], code);
    }
  }
  order("off");
  const warned = (await server.stop()).log.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ event }) => event === "doubt");
  assertEquals(warned.map(({ level }) => level), CHANGES.map(() => "warn"));
  assert(warned.every(({ cause, user, message }) => /EIO/.test(cause) && user === "alice" && UNSURE.test(message)));
});

Deno.test("row 7: the program shows the warning, exits with 0, and says what put -r has done", async () => {
  using temp = new TempDir();
  const { server, fill, order } = await faulty(temp);
  await using _server = server;
  fill();
  const tree = makeTree(temp.join("tree"), {
    "a": "1",
    "sub/b": "2",
    "sub/large": new Uint8Array(RECORD_LIMIT_BYTES + 1),
  });
  order("sync-folder EIO");
  const shell = await server.shell("alice", `mkdir x; put -r ${tree}; put ${tree}/a; rm old`, ["--json"]);
  assertEquals(shell.code, 0, shell.stderr);
  assertEquals(shell.stderr.match(/^ftp: warning: (?:Made|Stored|Removed) "/gm)?.length, 6, shell.stderr);
  const records = shell.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(records.map(({ ok }) => ok), [true, true, true, true], shell.stdout);
  for (const record of records) assertMatch(record.warning ?? record.warnings?.[0], UNSURE);
  assertEquals(namesOf(`${server.home("alice")}/tree`), ["a", "sub/", "sub/b", "sub/large"]);

  order("open-folder EMFILE");
  const ran = await server.ftp(["put", "-r", tree, `alice@${server.address}:other`, "--retries", "0"]);
  assertEquals(ran.code, 3, ran.stderr);
  assertEquals(namesOf(server.home("alice")).filter((name) => name.startsWith("other")), []);
  order("off");
  assertEquals((await commandsOf(server)).filter(({ code }) => code === 500), []);
});

Deno.test("row 7: a store that fails in a later group says what is stored", async () => {
  using bare = new BareHome();
  await using tree = bare.home.storeTree(virtualPath("/"), { bytes: 10, more: 0 });
  tree.addFolder("made");
  await tree.flush();
  Deno.removeSync(bare.folder, { recursive: true });
  Deno.writeTextFileSync(bare.folder, "no folder any more");
  let failure: unknown;
  try {
    tree.addFolder("other");
  } catch (error) {
    failure = tree.withStored(error);
  }
  assertMatch(String(failure), /0 files and 1 folder were stored before that$/);
  Deno.removeSync(bare.folder);
});

Deno.test("row 7: a removal that stops in the middle says how much went, and mkdir takes back what it made", async () => {
  using bare = new BareHome();
  const at = (path: string) => virtualPath(path);
  await bare.home.makeFolder(at("/full/sub"), { parents: true });
  await bare.put("/full/a", 5);
  await bare.put("/full/sub/b", 7);
  using stuck = failing("removeSync", `${bare.folder}/full/a`);
  const failure = await bare.home.remove(at("/full"), { recursive: true }).catch((error) => error);
  stuck[Symbol.dispose]();
  assertMatch(failure.message, /; 1 file \(7 B\) and 1 folder were removed before that$/);
  assertEquals([failure.details.files, failure.details.bytes], [1, 7]);
  assertEquals(namesOf(bare.folder), ["full/", "full/a"]);
  assertEquals(bare.used, bytesUnder(bare.folder));

  using _full = failing("mkdirSync", `${bare.folder}/x/y/z`);
  const refused = await bare.home.makeFolder(at("/x/y/z"), { parents: true }).catch((error) => error);
  assertEquals(refused.code, 500);
  assertEquals(namesOf(bare.folder), ["full/", "full/a"]);
});

Deno.test("row 7: what only cleans up after a commit cannot make it a failure", async () => {
  using bare = new BareHome();
  // Whatever is removed from staging fails: after a commit nothing of it is there any more.
  using _stuck = failing("removeSync", bare.staging);
  await bare.put("/a", 5);
  await using tree = bare.home.storeTree(virtualPath("/"), { bytes: 1, more: 0 });
  await tree.flush();
  assertEquals([bare.used, namesOf(bare.folder)], [5, ["a"]]);
});

/** Makes a function of `Deno` fail for a path and what is below. */
function failing(name: "removeSync" | "mkdirSync", where: string): Disposable {
  const real = Deno[name] as (path: string | URL, options?: object) => void;
  let isOver = false;
  Object.defineProperty(Deno, name, {
    configurable: true,
    writable: true,
    value: (path: string | URL, options?: object) => {
      if (!isOver && String(path).startsWith(where)) throw Object.assign(new Error("It failed"), { code: "EIO" });
      real(path, options);
    },
  });
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      Object.defineProperty(Deno, name, { configurable: true, writable: true, value: real });
    },
  };
}
