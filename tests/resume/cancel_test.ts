import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { partOf } from "../harness.ts";
import { afterContent } from "../wire_position.ts";
import { spawn } from "./interrupted.ts";
import {
  assertConsistent,
  assertNothingLeft,
  Bench,
  bigFile,
  isSameFile,
  MIB,
  namesIn,
  sizeOfPart,
  staged,
  until,
} from "./kit.ts";

const SIZE = 32 * MIB;
/** So slow that there is time to interrupt it. */
const RATE = ["--limit", "8M"];

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

function sizeInStaging(bench: Bench): number {
  const folder = `${bench.server.root.staging}/alice`;
  return Math.max(0, ...namesIn(folder).map((name) => sizeOf(`${folder}/${name}`)));
}

Deno.test("ftp put keeps its part and exits with 130 when interrupted, and the next run resumes", async () => {
  await using bench = await Bench.start();
  const source = bigFile(bench.temp.join("source"), SIZE);
  const child = spawn(bench, ["put", source, "REMOTE:target", ...RATE]);
  await until("some of it is there", () => sizeInStaging(bench) > 4 * MIB);
  child.kill("SIGINT");
  const { code } = await child.output();
  assertEquals(code, 130);
  await until("the part is durable", () => staged(bench.server, "alice").rows.some(({ offset }) => offset >= 4 * MIB));
  assertConsistent(bench.server);
  assertEquals(namesIn(bench.server.home("alice")), []);
  const again = await bench.ftp(["put", source, "REMOTE:target", "--json"]);
  assertEquals(again.code, 0, again.stderr);
  const { code: status, moved } = JSON.parse(again.stdout);
  assertEquals(status, 205);
  assert(moved <= SIZE - 4 * MIB, `${moved} bytes went again`);
  assert(isSameFile(source, `${bench.server.home("alice")}/target`));
  assertNothingLeft(bench.server);
});

Deno.test("ftp get keeps its part and exits with 130 when interrupted, and the next run resumes", async () => {
  await using bench = await Bench.start();
  const there = bigFile(`${bench.server.home("alice")}/source`, SIZE);
  const target = bench.temp.join("target");
  const child = spawn(bench, ["get", "REMOTE:source", target, ...RATE]);
  await until("some of it is here", () => sizeOfPart(target) > 4 * MIB);
  child.kill("SIGINT");
  const { code } = await child.output();
  assertEquals(code, 130);
  assertEquals(namesIn(bench.temp.path), [basename(partOf(target)!)]);
  const again = await bench.ftp(["get", "REMOTE:source", target, "--json"]);
  assertEquals(again.code, 0, again.stderr);
  const { code: status, moved } = JSON.parse(again.stdout);
  assertEquals(status, 205);
  assert(moved <= SIZE - 4 * MIB, `${moved} bytes came again`);
  assert(isSameFile(there, target));
  assertEquals(namesIn(bench.temp.path), ["target"]);
});

Deno.test("Remote.stopAll() keeps the session usable when a put and a get are in their middle", async () => {
  await using bench = await Bench.start();
  // Large enough that nothing is through before it is stopped.
  const source = bigFile(bench.temp.join("source"), SIZE / 4);
  const held = Promise.withResolvers<void>();
  bench.proxy.onCut = () => held.resolve();
  await using client = await bench.client([{ bytesPerSecond: 6 * MIB }]);
  const { remote } = client.link.session;
  const putting = assertRejects(() => client.put(source, "/target"), StatusError);
  await until("some of it is there", () => sizeInStaging(bench) > MIB);
  await remote.stopAll();
  assertEquals((await putting).code, 206);
  await remote.call("ping", {});
  assertEquals(staged(bench.server, "alice").rows.length, 1);
  assertEquals((await client.put(source, "/target")).code, 205);
  const target = bench.temp.join("target");
  const getting = assertRejects(() => client.get("/target", target), StatusError);
  await until("some of it is here", () => sizeOfPart(target) > MIB);
  await remote.stopAll();
  assertEquals((await getting).code, 206);
  assertEquals((await client.get("/target", target)).code, 205);
  assert(isSameFile(source, target));
  assertEquals(client.losses, 0);
  assertNothingLeft(bench.server);
});

for (const how of ["stall", "swallow"] as const) {
  Deno.test(`ftp put leaves at once when it is interrupted twice and the network does ${how}`, async () => {
    await using bench = await Bench.start();
    const source = bigFile(bench.temp.join("source"), SIZE);
    const cut = Promise.withResolvers<void>();
    bench.proxy.onCut = () => cut.resolve();
    bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(8 * MIB), how } }];
    const child = spawn(bench, ["put", source, "REMOTE:target"]);
    await cut.promise;
    // Those that come within a second are one: somebody keeps pressing.
    const ended = child.output();
    let isOver = false;
    void ended.then(() => isOver = true);
    const press = (signal: Deno.Signal) => {
      try {
        if (!isOver) child.kill(signal);
      } catch (error) {
        // It was faster than the news of it.
        if (!(error instanceof TypeError)) throw error;
      }
      return isOver;
    };
    await until("it has left", () => press("SIGINT")).finally(() => press("SIGKILL"));
    const { code } = await ended;
    assertEquals(code, 130);
  });
}

Deno.test("ftp put stops with 130 when it is interrupted while the network is down", async () => {
  await using bench = await Bench.start();
  const source = bigFile(bench.temp.join("source"), SIZE);
  const cut = Promise.withResolvers<void>();
  bench.proxy.onCut = () => cut.resolve();
  bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(8 * MIB), how: "down" } }];
  const child = spawn(bench, ["put", source, "REMOTE:target"]);
  const ended = child.output();
  await cut.promise;
  await until("the server has seen it", () => staged(bench.server, "alice").rows.some(({ offset }) => offset > 0));
  child.kill("SIGINT");
  assertEquals((await ended).code, 130);
  assertConsistent(bench.server);
});
