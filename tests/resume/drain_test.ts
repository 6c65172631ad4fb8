import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { basename } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { partOf, someBytes, TempDir } from "../harness.ts";
import { runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";
import { afterContent } from "../wire_position.ts";
import {
  assertConsistent,
  assertNothingLeft,
  Bench,
  bigFile,
  Client,
  isSameFile,
  MIB,
  namesIn,
  staged,
  until,
} from "./kit.ts";

const SIZE = 8 * MIB;
const PLAIN = ["--no-tls", "--disk-reserve", "0"];

/** A put and a get that stand still in their middle. */
async function twoHalves(bench: Bench) {
  const source = bench.temp.file("source", someBytes(SIZE, 1));
  const there = bench.temp.file("there", someBytes(SIZE, 2));
  Deno.copyFileSync(there, `${bench.server.home("alice")}/there`);
  let cuts = 0;
  const both = Promise.withResolvers<void>();
  bench.proxy.onCut = () => ++cuts === 2 && both.resolve();
  bench.proxy.forecast = [
    { cut: { direction: "up", at: afterContent(SIZE / 2), how: "stall" } },
    { cut: { direction: "down", at: afterContent(SIZE / 2), how: "stall" } },
  ];
  const clients = [await behind(bench), await behind(bench)] as const;
  const putting = clients[0].put(source, "/target");
  const getting = clients[1].get("/there", bench.temp.join("got"));
  // They may fail before anybody waits for them.
  for (const work of [putting, getting]) work.catch(() => {});
  await both.promise;
  return { clients, source, there, putting, getting };
}

async function behind(bench: Bench): Promise<Client> {
  return new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
}

Deno.test("untilStopped() lets transfers finish, ends idle sessions and refuses the rest when it is told to stop", async () => {
  await using bench = await Bench.start({ args: ["--drain-timeout", "60"] });
  const idle = new Client(await bench.server.session("alice"), 0);
  const { clients, source, there, putting, getting } = await twoHalves(bench);
  const before = performance.now();
  bench.server.signal("SIGTERM");
  await until("the idle session has ended", () => idle.link.session.remote.failure !== undefined);
  // A session that still works on something takes no more work.
  const late = clients[0].link.session.remote.call("mkdir", { path: virtualPath("/late") }).then(
    () => 0,
    (error) => (error as StatusError).code,
  );
  await assertRejects(() => bench.server.session("alice"), StatusError);
  bench.proxy.release();
  assertEquals((await putting).code, 201);
  assertEquals((await getting).code, 201);
  assertEquals(await late, 503);
  const { code, log } = await bench.server.stop("SIGCONT");
  assertEquals(code, 0, log);
  assert(performance.now() - before < 60_000, "it did not wait for its timeout");
  assert(isSameFile(source, `${bench.server.home("alice")}/target`));
  assert(isSameFile(there, bench.temp.join("got")));
  assertEquals(namesIn(bench.server.home("alice")), ["target", "there"]);
  for (const client of [...clients, idle]) await client[Symbol.asyncDispose]();
});

Deno.test("untilStopped() makes parts durable when the drain timeout ends them", async () => {
  await using bench = await Bench.start({ args: ["--drain-timeout", "1"] });
  const { clients, source, putting, getting } = await twoHalves(bench);
  const { code, log } = await bench.server.stop();
  assertEquals(code, 0, log);
  // The wire has stood still: only now do the clients hear of it.
  bench.proxy.breakAll("reset");
  await assertRejects(() => putting, StatusError);
  await assertRejects(() => getting, StatusError);
  for (const client of clients) await client[Symbol.asyncDispose]();
  const [part] = staged(bench.server, "alice").rows;
  assert(part && part.offset >= SIZE / 2 - MIB, `${part?.offset} bytes of the part are promised`);
  assertEquals(namesIn(bench.temp.path).filter((name) => name.startsWith(".")), [
    basename(partOf(bench.temp.join("got"))!),
  ]);
  await using again = await TestServer.start(PLAIN, bench.server.root.directory);
  assertEquals(staged(again, "alice").rows, [part]);
  await using client = new Client(await again.session("alice"), 0);
  const { code: status, moved } = await client.put(source, "/target");
  assertEquals(status, 205);
  assert(moved <= SIZE / 2 + MIB, `${moved} bytes went again`);
  assertEquals(bytesOf(again), again.used("alice"), "no recount was needed");
});

function bytesOf(server: TestServer): number {
  const home = server.home("alice");
  // `there` was put into the home behind the server's back, which does not count.
  return Deno.statSync(`${home}/target`).size;
}

Deno.test("untilStopped() leaves at once when it is told to stop a second time", async () => {
  await using bench = await Bench.start({ args: ["--drain-timeout", "3600"] });
  const { clients, putting, getting } = await twoHalves(bench);
  bench.server.signal("SIGTERM");
  await until("it drains", async () => {
    return await Deno.connect({ port: bench.server.port }).then((conn) => (conn.close(), false), () => true);
  });
  // The same one again would be a copy of the first for a second.
  const { code, log } = await bench.server.stop("SIGINT");
  assertEquals(code, 0, log);
  assertStringIncludes(log, "second signal");
  bench.proxy.breakAll("reset");
  await assertRejects(() => putting, StatusError);
  await assertRejects(() => getting, StatusError);
  for (const client of clients) await client[Symbol.asyncDispose]();
  const [part] = staged(bench.server, "alice").rows;
  assert(part && part.offset > 0, "the part is kept");
});

Deno.test("Link sees only a pause when a server drains and another takes its place on the same port", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const first = await TestServer.start([...PLAIN, "--drain-timeout", "1"], root, { process: true });
  await first.addUsers("1G", "alice");
  const source = bigFile(temp.join("source"), 64 * MIB);
  const putting = first.ftp(["put", source, `alice@${first.address}:target`, "--limit", "20M", "--json"]);
  await until("it is on its way", () => {
    const folder = `${first.root.staging}/alice`;
    return namesIn(folder).some((name) => Deno.statSync(`${folder}/${name}`).size > 4 * MIB);
  });
  const { code, log } = await first.stop();
  assertEquals(code, 0, log);
  await using second = await TestServer.start([...PLAIN, "--port", String(first.port)], root);
  const put = await putting;
  assertEquals(put.code, 0, put.stderr);
  const { code: status, moved } = JSON.parse(put.stdout);
  assertEquals(status, 205);
  assert(moved < 60 * MIB, `${moved} bytes went after the pause`);
  assert(isSameFile(source, `${second.home("alice")}/target`));
  assertNothingLeft(second);
});

Deno.test("untilStopped() ends with 0 when nobody is there, and the next start counts nothing anew", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  for (let round = 0; round < 3; round++) {
    const server = await TestServer.start(PLAIN, root);
    const { code, log } = await server.stop(round === 1 ? "SIGINT" : "SIGTERM");
    assertEquals(code, 0, log);
    assert(!log.includes("recount"), log);
  }
});

Deno.test("lockRoot() refuses a second server when one runs on the same root, and lets it in when that was killed", async () => {
  await using bench = await Bench.start({ process: true });
  await using client = await bench.client();
  await client.put(bench.temp.file("source", someBytes(MIB)), "/target");
  const args = ["serve", "--root", bench.server.root.directory, "--host", "127.0.0.1", "--port", "0", ...PLAIN];
  const second = await runFtp(args);
  assertEquals(second.code, 1, second.stderr);
  assertStringIncludes(second.stderr, "Another server runs on the root");
  assertEquals(second.stdout, "");
  // The first one has taken no harm.
  await client.get("/target", bench.temp.join("back"));
  assertConsistent(bench.server);
  await bench.server.stop("SIGKILL");
  await using third = await TestServer.start(PLAIN, bench.server.root.directory);
  assertNothingLeft(third);
});

Deno.test("ftp serve can be started and killed again and again", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const source = temp.file("source", someBytes(MIB));
  for (let round = 0; round < 8; round++) {
    await using server = await TestServer.start(PLAIN, root);
    if (round === 0) await server.addUsers("1G", "alice");
    await using client = new Client(await server.session("alice"), 0);
    await client.put(source, `/file${round}`);
    assertEquals(namesIn(server.home("alice")).length, round + 1);
    assertNothingLeft(server);
  }
});
