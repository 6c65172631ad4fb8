import { assert, assertEquals, assertRejects } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import type { Weather } from "../chaos_proxy.ts";
import { someBytes } from "../harness.ts";
import { afterContent, beforeFrame } from "../wire_position.ts";
import { assertNothingLeft, Bench, Client, MIB, namesIn, staged, until } from "./kit.ts";

const SIZE = 8 * MIB;

/** The connection is lost after the file is in place, and before anybody is told so. */
function lostReply(): Weather {
  return {
    cut: { direction: "down", at: beforeFrame(({ type, sha256 }) => type === "reply" && !!sha256), how: "reset" },
  };
}

async function codeOf(work: Promise<unknown>): Promise<number> {
  const error = await assertRejects(() => work, StatusError);
  return error.code;
}

/** Waits until the server has all that a wire has let through. */
function reached(bench: Bench, bytes: number): Promise<void> {
  return until("the bytes so far are in staging", () => {
    const folder = `${bench.server.root.staging}/alice`;
    const [name] = namesIn(folder);
    return name !== undefined && Deno.statSync(`${folder}/${name}`).size >= bytes;
  });
}

Deno.test("UploadRegistry.open() takes over a running upload when its connection is half open", async () => {
  await using bench = await Bench.start({ process: true });
  const content = someBytes(SIZE);
  const source = bench.temp.file("source", content);
  await using old = await bench.client([{ cut: { direction: "up", at: afterContent(5 * MIB), how: "swallow" } }]);
  const hanging = old.put(source, "/target").catch((error) => error);
  await reached(bench, 5 * MIB - 300_000);
  await using newer = new Client(await bench.server.session("alice"), 0);
  const { code, moved } = await newer.put(source, "/target");
  assertEquals(code, 205);
  assert(moved <= 3 * MIB + 300_000, `${moved} bytes went although 5 MiB had arrived`);
  assertEquals(Deno.readFileSync(`${bench.server.home("alice")}/target`), content);
  assertNothingLeft(bench.server);
  old.link.stop();
  await bench.server.stop("SIGKILL");
  bench.proxy.down();
  void hanging;
});

Deno.test("Upload.write() refuses with 405 when a newer connection has taken over and the old one wakes up", async () => {
  await using bench = await Bench.start();
  const content = someBytes(SIZE);
  const source = bench.temp.file("source", content);
  bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(3 * MIB), how: "stall" } }];
  await using old = new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
  const late = codeOf(old.put(source, "/target"));
  await reached(bench, 3 * MIB - 300_000);
  // The newer one is in the middle, too, when the old one wakes up.
  const between = await slowClient(bench);
  const taking = between.put(source, "/target");
  await until("the newer one writes", () => staged(bench.server, "alice").rows.some(({ offset }) => offset > 0));
  bench.proxy.release();
  assertEquals(await late, 405);
  assertEquals((await taking).code, 205);
  assertEquals(Deno.readFileSync(`${bench.server.home("alice")}/target`), content);
  assertNothingLeft(bench.server);
  await between[Symbol.asyncDispose]();
});

async function slowClient(bench: Bench): Promise<Client> {
  bench.proxy.forecast = [{ bytesPerSecond: 16 * MIB }];
  return new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
}

Deno.test("UploadRegistry.open() lets one upload have a part when two connections ask for it at once", async () => {
  await using bench = await Bench.start();
  const size = 24 * MIB;
  const sources = [1, 2, 3].map((seed) => bench.temp.file(`source${seed}`, someBytes(size, seed)));
  for (let round = 0; round < 4; round++) {
    bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(20 * MIB), how: "reset" } }];
    {
      await using first = new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
      await codeOf(first.put(sources[0]!, `/target${round}`));
    }
    await until("a part waits", () => staged(bench.server, "alice").rows.some(({ offset }) => offset > 0));
    const clients = await Promise.all(
      [1, 2].map(async () => new Client(await bench.server.session("alice"), 0)),
    );
    const puts = clients.map((client, at) => client.put(sources[at + 1]!, `/target${round}`));
    const results = await Promise.allSettled(puts);
    for (const client of clients) await client[Symbol.asyncDispose]();
    assert(results.some(({ status }) => status === "fulfilled"), "one of them ends well");
    const there = Deno.readFileSync(`${bench.server.home("alice")}/target${round}`);
    const whole = sources.slice(1).map((source) => isSame(Deno.readFileSync(source), there));
    assert(whole.includes(true), `the file is one of the two and no mixture (round ${round})`);
    assertNothingLeft(bench.server, "alice", `in round ${round}`);
  }
});

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

Deno.test("UploadRegistry.open() lets the last one win when several connections take one upload over at once", async () => {
  await using bench = await Bench.start();
  const content = someBytes(24 * MIB);
  const source = bench.temp.file("source", content);
  bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(20 * MIB), how: "stall" } }];
  await using old = new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
  const late = old.put(source, "/target").catch(() => {});
  await reached(bench, 20 * MIB - 600_000);
  const clients = await Promise.all(
    [1, 2, 3].map(async () => new Client(await bench.server.session("alice"), 0)),
  );
  const results = await Promise.allSettled(clients.map((client) => client.put(source, "/target")));
  for (const client of clients) await client[Symbol.asyncDispose]();
  assert(results.some(({ status }) => status === "fulfilled"), "one of them ends well");
  for (const result of results) {
    if (result.status === "rejected") assertEquals(result.reason.code, 405, String(result.reason));
  }
  assert(isSame(Deno.readFileSync(`${bench.server.home("alice")}/target`), content), "the file is whole");
  assertNothingLeft(bench.server);
  bench.proxy.down();
  await late;
});

for (const create of [false, true]) {
  const how = create ? " --no-clobber" : "";
  Deno.test(`upload() tells the same result and books once when the last reply of a put${how} is lost`, async () => {
    await using bench = await Bench.start();
    const source = bench.temp.file("source", someBytes(SIZE));
    await using client = await bench.client([lostReply()]);
    const { code, moved } = await client.put(source, "/target", { create });
    assertEquals({ code, moved, losses: client.losses }, { code: 203, moved: 0, losses: 1 });
    assertEquals(Deno.readFileSync(`${bench.server.home("alice")}/target`).length, SIZE);
    assertNothingLeft(bench.server);
  });
}

Deno.test("download() ends well when the last reply of a get is lost", async () => {
  await using bench = await Bench.start();
  Deno.writeFileSync(`${bench.server.home("alice")}/source`, someBytes(SIZE));
  await using client = await bench.client([lostReply()]);
  const { code, moved } = await client.get("/source", bench.temp.join("target"));
  assertEquals({ code, moved, losses: client.losses }, { code: 205, moved: 0, losses: 1 });
  assertEquals(namesIn(bench.temp.path), ["target"]);
});

for (const size of [SIZE, SIZE / 2]) {
  Deno.test(`upload() with --no-clobber keeps another's file of ${size} bytes when it came while the connection was lost`, async () => {
    await using bench = await Bench.start();
    const source = bench.temp.file("source", someBytes(SIZE, 1));
    const theirs = someBytes(size, 2);
    const other = bench.temp.file("other", theirs);
    await using client = await bench.client([{ cut: { direction: "up", at: afterContent(3 * MIB), how: "down" } }]);
    const lost = Promise.withResolvers<void>();
    bench.proxy.onCut = () => lost.resolve();
    const putting = codeOf(client.put(source, "/target", { create: true }));
    await lost.promise;
    {
      await using somebody = new Client(await bench.server.session("alice"), 0);
      await somebody.put(other, "/target");
    }
    await bench.proxy.up();
    assertEquals(await putting.catch(() => "it went through"), 403);
    assert(isSame(Deno.readFileSync(`${bench.server.home("alice")}/target`), theirs), "theirs is still there");
  });
}
