import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { upload } from "../../client/transfer/upload.ts";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { partOf } from "../harness.ts";
import { interrupted } from "../resume/interrupted.ts";
import { Bench, bigFile, MIB, namesIn, staged, watcherOf } from "../resume/kit.ts";
import { makeTree } from "./kit.ts";

const LANES = 3;
const FILES = 9;
/** So slow that the lanes are in the middle of their first files when all of them have begun. */
const SLOW = ["-P", String(LANES), "--limit", "3M"];

/** Large files, more of them than there are lanes. */
function largeFiles(folder: string): string {
  makeTree(folder, {});
  for (let at = 0; at < FILES; at++) bigFile(`${folder}/${at}`, 3 * MIB, at + 1);
  return folder;
}

/** How many parts in a folder have some bytes. A part of which nothing has arrived is not kept. */
function filling(folder: string): number {
  return namesIn(folder).filter((name) => Deno.statSync(`${folder}/${name}`).size > 0).length;
}

for (const command of [["put", "-r"], ["sync"]]) {
  Deno.test(`${command.join(" ")} -P 3 stops every connection and begins nothing more when it is interrupted`, async () => {
    await using bench = await Bench.start();
    const source = largeFiles(bench.temp.join("tree"));
    const parts = () => staged(bench.server, "alice").rows;
    const areFilling = () => filling(`${bench.server.root.staging}/alice`) === LANES;
    const ran = await interrupted(bench, [...command, ...SLOW, source, "REMOTE:tree"], areFilling);
    assertEquals(ran.code, 130, ran.stderr);
    assertEquals(namesIn(`${bench.server.home("alice")}/tree`), []);
    assertEquals(parts().map(({ path }) => path).sort(), ["/tree/0", "/tree/1", "/tree/2"]);
  });
}

Deno.test("get -r -P 3 stops every connection and begins nothing more when it is interrupted", async () => {
  await using bench = await Bench.start();
  largeFiles(`${bench.server.home("alice")}/tree`);
  const target = bench.temp.join("back");
  const areFilling = () => filling(target) === LANES;
  const ran = await interrupted(bench, ["get", "-r", ...SLOW, "REMOTE:tree", target], areFilling);
  assertEquals(ran.code, 130, ran.stderr);
  const parts = ["0", "1", "2"].map((name) => basename(partOf(join(target, name))!));
  assertEquals(namesIn(target), parts.sort());
});

Deno.test("upload() sends nothing when it is stopped while it compares and the server does nothing", async () => {
  await using bench = await Bench.start();
  const there = bigFile(`${bench.server.home("alice")}/target`, MIB, 1);
  const before = Deno.readFileSync(there);
  const source = bigFile(bench.temp.join("source"), MIB, 2);
  await using client = await bench.client();
  const { link } = client;
  const watcher = watcherOf({ begin: (phase) => phase === "checking" && link.stop() });
  const plan = { source, path: virtualPath("/target"), create: false };
  const stopped = await assertRejects(
    () =>
      link.run((remote) => {
        const { temps, sources } = client;
        const limit = new RateLimit(undefined);
        const tools = { remote, user: "alice", watcher, limit, temps, sources, stopping: link.stopping };
        return upload(plan, tools, { again: false });
      }),
    StatusError,
  );
  assertEquals(stopped.code, 206);
  assert(Deno.readFileSync(there).every((byte, at) => byte === before[at]));
  // What is asked for next is not stopped.
  assertEquals((await client.put(source, "/target")).code, 201);
});
