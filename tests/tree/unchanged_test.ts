import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  commandsOf,
  failuresOf,
  makeTree,
  manyFiles,
  setTime,
  treeOf,
} from "./kit.ts";

const MTIME = Date.UTC(2020, 1, 2, 3, 4, 5, 678);

/** Small and large, so that both ways of a file are asked. */
const TREE = {
  ...manyFiles(300),
  "large": { content: someBytes(1_000_000), mtime: MTIME },
  "small": { content: "as it was", mtime: MTIME },
  "empty": null,
};

Deno.test("put -r and get -r move nothing in one exchange when the same tree is there", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), TREE);
  const remote = `alice@${server.address}:`;
  Deno.mkdirSync(temp.join("back"));
  assertRan(await server.ftp(["put", "-r", source, remote]), 0);
  assertRan(await server.ftp(["get", "-r", `${remote}tree`, temp.join("back")]), 0);
  const totals = { ok: true, files: 0, bytes: 0, unchanged: 302, failed: 0 };
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, totals);
  assertRan(await server.ftp(["get", "-r", `${remote}tree`, temp.join("back"), "--json"]), 0, totals);
  const commands = await commandsOf(server);
  const sessions = [...new Set(commands.map(({ session }) => session))];
  assertEquals(sessions.length, 4);
  const ofSession = (at: number) => commands.filter(({ session }) => session === sessions[at]);
  // The first two moved something: what is counted here is counted right.
  for (const at of [0, 1]) {
    assertEquals(ofSession(at).filter(({ command }) => /^(put|get|store|fetch)$/.test(command)).length, 2);
  }
  // What `put -r` asks about parts goes out with the question for the tree, and waits for no answer.
  for (const [at, questions] of [[2, ["tree", "parts"]], [3, ["tree"]]] as const) {
    const asked = ofSession(at).map(({ command }) => command).filter((command) => command !== "stat");
    assertEquals(asked, [...questions], JSON.stringify(ofSession(at)));
  }
});

Deno.test("put -r finds a change with the same size and time when --checksum is given, and only then", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), TREE);
  const remote = `alice@${server.address}:`;
  assertRan(await server.ftp(["put", "-r", source, remote]), 0);
  makeTree(source, {
    "small": { content: "has other", mtime: MTIME },
    "large": { content: someBytes(1_000_000, 2), mtime: MTIME },
  });
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 0, unchanged: 302 });
  const summed = ["put", "-r", "--checksum", source, remote, "--json"];
  assertRan(await server.ftp(summed), 0, { files: 2, bytes: 1_000_009, unchanged: 300 });
  assertSameTree(join(server.home("alice"), "tree"), source);
  assertRan(await server.ftp(summed), 0, { files: 0, unchanged: 302 });
  assertSettled(server);
});

Deno.test("get -r --force finds a change with the same size and time when --checksum is given, and only then", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const home = makeTree(server.home("alice"), TREE);
  const target = makeTree(temp.join("back"), {
    ...TREE,
    "small": { content: "has other", mtime: MTIME },
    "large": { content: someBytes(1_000_000, 2), mtime: MTIME },
  });
  const get = ["get", "-r", "--force", `alice@${server.address}:/`, target, "--json"];
  assertRan(await server.ftp(get), 0, { files: 0, unchanged: 302 });
  assertRan(await server.ftp([...get, "--checksum"]), 0, { files: 2, unchanged: 300 });
  assertSameTree(target, home);
});

Deno.test("put -r sends a file again when its time has changed", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), TREE);
  const remote = `alice@${server.address}:`;
  assertRan(await server.ftp(["put", "-r", source, remote]), 0);
  for (const name of ["small", "large"]) setTime(join(source, name), MTIME + 1);
  assertRan(await server.ftp(["put", "-r", source, remote, "--json"]), 0, { files: 2, unchanged: 300 });
  assertSameTree(join(server.home("alice"), "tree"), source);
  assertSettled(server);
});

Deno.test("get -r names 403 and leaves the local file alone when it is different, and --force replaces it", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const home = makeTree(server.home("alice"), TREE);
  const mine = { "small": "mine", "large": someBytes(990_000, 9) };
  const target = makeTree(temp.join("back"), mine);
  const before = treeOf(target);
  const get = ["get", "-r", `alice@${server.address}:/`, target, "--json"];
  const refused = await server.ftp(get);
  assertRan(refused, 1, { ok: false, files: 300, unchanged: 0, failed: 2 });
  assertEquals(failuresOf(refused).map((line) => line.slice(0, 3)), ["403", "403"]);
  for (const name of Object.keys(mine)) assertStringIncludes(refused.stderr, `403 ${name}: `);
  const after = treeOf(target);
  for (const name of Object.keys(mine)) assertEquals(after[name], before[name]);
  assertRan(await server.ftp([...get, "--force"]), 0, { ok: true, files: 2, unchanged: 300 });
  assertSameTree(target, home);
});

Deno.test("get -r moves nothing and refuses nothing when the local files differ in time alone", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  makeTree(server.home("alice"), TREE);
  const target = makeTree(temp.join("back"), TREE);
  for (const name of ["small", "large"]) setTime(join(target, name), MTIME + 5_000);
  const ran = await server.ftp(["get", "-r", `alice@${server.address}:/`, target, "--json"]);
  assertRan(ran, 0, { ok: true, files: 0, failed: 0 });
});
