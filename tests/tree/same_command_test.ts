import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { someBytes } from "../harness.ts";
import { interrupted, spawn } from "../resume/interrupted.ts";
import { Bench, namesIn, until } from "../resume/kit.ts";
import { assertRan, assertSameTree, makeTree, manyFiles, treeOf } from "./kit.ts";

/** Some of it is there after a moment, and not all of it for long. */
const TREE = { ...manyFiles(40), "large": someBytes(6_000_000) };
const SLOW = ["--limit", "3M"];

/** A tree on one side, and a name on the other that is not there yet. */
function sides(bench: Bench, command: "get" | "put") {
  const home = bench.server.home("alice");
  const source = makeTree(command === "get" ? join(home, "tree") : bench.temp.join("tree"), TREE);
  const target = command === "get" ? bench.temp.join("new") : join(home, "new");
  const args = command === "get" ? ["get", "-r", "REMOTE:tree", target] : ["put", "-r", source, "REMOTE:new"];
  const hasSome = () => namesIn(target).length > 10;
  return { source, target, args, hasSome };
}

for (const command of ["get", "put"] as const) {
  Deno.test(`${command} -r goes on in the folder that it has made when the same command is given after Ctrl-C`, async () => {
    await using bench = await Bench.start();
    const { source, target, args, hasSome } = sides(bench, command);
    const ran = await interrupted(bench, [...args, ...SLOW], hasSome);
    assertEquals(ran.stderr.split("\n").slice(1), ['ftp: 206 Stopped "tree"; the same command continues it', ""]);
    assertRan(await bench.ftp(args), 0);
    assertSameTree(target, source);
    // It has ended: the name is a folder like any other now.
    assertRan(await bench.ftp(args), 0);
    assertSameTree(join(target, "tree"), source);
  });

  Deno.test(`${command} -r goes on in the folder that it has made when the same command is given after a kill`, async () => {
    await using bench = await Bench.start();
    const { source, target, args, hasSome } = sides(bench, command);
    const child = spawn(bench, [...args, ...SLOW]);
    await until("some of it is there", hasSome);
    child.kill("SIGKILL");
    await child.output();
    assertRan(await bench.ftp(args), 0);
    assertEquals(namesIn(target).includes("tree"), false);
    // Temporary files of the killed program may be left beside.
    const there = treeOf(target);
    for (const [name, facts] of Object.entries(treeOf(source))) assertEquals(there[name], facts, name);
  });
}

Deno.test("put -r goes into a folder that somebody else made after it was refused", async () => {
  await using bench = await Bench.start({ quota: "100K" });
  const { source, target, args } = sides(bench, "put");
  assertEquals((await bench.ftp(args)).code, 5);
  assertRan(await bench.ftp(["connect", `alice@${bench.proxy.address}`, "-c", "mkdir new"]), 0);
  makeTree(source, { "large": "small now" });
  assertRan(await bench.ftp(args), 0);
  assertSameTree(join(target, "tree"), source);
});
