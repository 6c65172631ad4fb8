import { assert, assertEquals } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import type { Weather } from "../chaos_proxy.ts";
import { someBytes } from "../harness.ts";
import { afterContent } from "../wire_position.ts";
import { assertNothingLeft, Bench, Client, MIB } from "./kit.ts";

const SIZE = 8 * MIB;
const OURS = someBytes(SIZE, 1);

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** A client of its own connection, past the bad network. */
async function direct(bench: Bench): Promise<Client> {
  return new Client(await bench.server.session("alice"), 0);
}

/** The code of whatever came of it: that of a success, or of the failure. */
async function outcome(work: Promise<{ code: number }>): Promise<number> {
  try {
    return (await work).code;
  } catch (error) {
    if (error instanceof StatusError) return error.code;
    throw error;
  }
}

/** A transfer that is held back in its middle; `finish` lets it go and tells how it ended. */
interface Half {
  readonly client: Client;
  finish(): Promise<number>;
}

/** Starts a transfer and holds it back at a place. */
async function half(
  bench: Bench,
  cut: Omit<NonNullable<Weather["cut"]>, "how">,
  start: (client: Client) => Promise<{ code: number }>,
): Promise<Half> {
  const held = Promise.withResolvers<void>();
  bench.proxy.onCut = () => held.resolve();
  const client = await bench.client([{ cut: { ...cut, how: "stall" } }]);
  const ended = outcome(start(client));
  await held.promise;
  return {
    client,
    finish: () => {
      bench.proxy.release();
      return ended;
    },
  };
}

/** A put of `OURS`. */
function putHalf(bench: Bench, path: string): Promise<Half> {
  const source = bench.temp.file("ours", OURS);
  return half(bench, { direction: "up", at: afterContent(SIZE / 2) }, (client) => client.put(source, path));
}

/** A get: the server has the file open and has sent some of it. */
function getHalf(bench: Bench, path: string): Promise<Half> {
  const target = bench.temp.join("got");
  return half(bench, { direction: "down", at: afterContent(MIB) }, (client) => client.get(path, target));
}

Deno.test("Upload.commit() leaves the last one whole when two put the same name at once", async () => {
  await using bench = await Bench.start();
  const theirs = someBytes(SIZE + 12_345, 2);
  const other = bench.temp.file("theirs", theirs);
  const { client, finish } = await putHalf(bench, "/target");
  await using _client = client;
  await using somebody = await direct(bench);
  assertEquals(await outcome(somebody.put(other, "/target")), 201);
  assert(isSame(Deno.readFileSync(`${bench.server.home("alice")}/target`), theirs), "theirs is there, whole");
  assertEquals(await finish(), 201);
  assert(isSame(Deno.readFileSync(`${bench.server.home("alice")}/target`), OURS), "ours came last");
  assertNothingLeft(bench.server);
});

Deno.test("Upload.commit() never mixes when many put the same name at once", async () => {
  await using bench = await Bench.start();
  const contents = [1, 2, 3, 4, 5, 6].map((seed) => someBytes(2 * MIB + seed % 3, seed));
  const clients = await Promise.all(contents.map(() => direct(bench)));
  for (let round = 0; round < 5; round++) {
    const puts = contents.map((content, at) =>
      outcome(clients[at]!.put(bench.temp.file(`f${at}`, content), "/target"))
    );
    for (const code of await Promise.all(puts)) assert([201, 203, 205].includes(code), `ended with ${code}`);
    const there = Deno.readFileSync(`${bench.server.home("alice")}/target`);
    assert(contents.some((content) => isSame(content, there)), "it is one of them, whole");
    assertNothingLeft(bench.server);
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
});

Deno.test("Download reads the old file whole when it is replaced, moved or removed meanwhile", async () => {
  const doings: Readonly<Record<string, (client: Client, bench: Bench) => Promise<unknown>>> = {
    put: (client, bench) => client.put(bench.temp.file("new", someBytes(1000)), "/folder/target"),
    mv: ({ link }) => link.session.remote.call("mv", { from: path("/folder/target"), to: path("/away") }),
    "mv of its folder": ({ link }) => link.session.remote.call("mv", { from: path("/folder"), to: path("/away") }),
    rm: ({ link }) => link.session.remote.call("rm", { path: path("/folder/target") }),
    "rm -r": ({ link }) => link.session.remote.call("rm", { path: path("/folder"), recursive: true }),
  };
  for (const [name, doing] of Object.entries(doings)) {
    await using bench = await Bench.start();
    await using somebody = await direct(bench);
    await somebody.link.session.remote.call("mkdir", { path: path("/folder") });
    await somebody.put(bench.temp.file("ours", OURS), "/folder/target");
    const { client, finish } = await getHalf(bench, "/folder/target");
    await using _client = client;
    await doing(somebody, bench);
    assertEquals(await finish(), 201, `a get during ${name}`);
    assert(isSame(Deno.readFileSync(bench.temp.join("got")), OURS), `a get during ${name} is whole`);
    assertNothingLeft(bench.server, "alice", `after ${name}`);
  }
});

Deno.test("Download fails with 409 when the file is written to in place meanwhile", async () => {
  await using bench = await Bench.start();
  const there = `${bench.server.home("alice")}/target`;
  Deno.writeFileSync(there, OURS);
  const { client, finish } = await getHalf(bench, "/target");
  await using _client = client;
  Deno.writeFileSync(there, OURS.slice(0, SIZE - 1));
  assertEquals(await finish(), 409);
});

function path(text: string) {
  return virtualPath(text);
}

interface Row {
  readonly name: string;
  readonly doing: (remote: Client["link"]["session"]["remote"]) => Promise<unknown>;
  /** How the put into `/folder/target` ends, and where the content is then. */
  readonly code: number;
  readonly there: string | undefined;
}

const DURING_PUT: readonly Row[] = [
  {
    name: "mv of the old file",
    doing: (remote) => remote.call("mv", { from: path("/folder/target"), to: path("/away") }),
    code: 201,
    there: "folder/target",
  },
  {
    name: "rm of the old file",
    doing: (remote) => remote.call("rm", { path: path("/folder/target") }),
    code: 201,
    there: "folder/target",
  },
  {
    name: "a folder in its place",
    doing: async (remote) => {
      await remote.call("rm", { path: path("/folder/target") });
      await remote.call("mkdir", { path: path("/folder/target") });
    },
    code: 407,
    there: undefined,
  },
  {
    name: "mv of its folder",
    doing: (remote) => remote.call("mv", { from: path("/folder"), to: path("/away") }),
    code: 402,
    there: undefined,
  },
  {
    name: "rm -r of its folder",
    doing: (remote) => remote.call("rm", { path: path("/folder"), recursive: true }),
    code: 402,
    there: undefined,
  },
  {
    name: "a file in place of its folder",
    doing: async (remote) => {
      await remote.call("rm", { path: path("/folder"), recursive: true });
      await remote.call("mv", { from: path("/file"), to: path("/folder") });
    },
    code: 407,
    there: undefined,
  },
];

for (const { name, doing, code, there } of DURING_PUT) {
  Deno.test(`Upload.commit() answers ${code} and books right when the target meets ${name} meanwhile`, async () => {
    await using bench = await Bench.start();
    await using somebody = await direct(bench);
    const { remote } = somebody.link.session;
    await remote.call("mkdir", { path: path("/folder") });
    const old = bench.temp.file("old", someBytes(100_000, 7));
    for (const target of ["/folder/target", "/file"]) await somebody.put(old, target);
    const { client, finish } = await putHalf(bench, "/folder/target");
    await using _client = client;
    await doing(remote);
    assertEquals(await finish(), code);
    if (there !== undefined) assert(isSame(Deno.readFileSync(`${bench.server.home("alice")}/${there}`), OURS));
    assertNothingLeft(bench.server, "alice", `after ${name}`);
    // The session goes on.
    assertEquals((await client.link.session.remote.call("ping", {})).code, 201);
  });
}

Deno.test("Home.removeFolder() is not hindered when a put into the folder is in its middle", async () => {
  await using bench = await Bench.start();
  await using somebody = await direct(bench);
  const { remote } = somebody.link.session;
  await remote.call("mkdir", { path: path("/folder") });
  const { client, finish } = await putHalf(bench, "/folder/target");
  await using _client = client;
  await remote.call("rmdir", { path: path("/folder") });
  assertEquals(await finish(), 402);
  assertNothingLeft(bench.server);
});
