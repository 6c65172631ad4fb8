import { assertEquals } from "@std/assert";
import { UnfinishedTrees } from "../../client/tree/unfinished.ts";
import { TempDir } from "../harness.ts";

const TREE = { command: "put", server: "host:2121", user: "alice", from: "/home/a", to: "/site" };
const DAY_MS = 86_400_000;

Deno.test("UnfinishedTrees remembers what was begun until it has ended", () => {
  using temp = new TempDir();
  const trees = () => new UnfinishedTrees(temp.join("new", "unfinished"), () => 1_000);
  assertEquals(trees().has(TREE), false);
  trees().begin(TREE);
  trees().begin({ ...TREE, to: "/other" });
  assertEquals(trees().has(TREE), true);
  for (const [key, value] of Object.entries({ command: "get", server: "host:1", user: "bob", from: "/x", to: "/y" })) {
    assertEquals(trees().has({ ...TREE, [key]: value }), false, key);
  }
  trees().end(TREE);
  assertEquals([trees().has(TREE), trees().has({ ...TREE, to: "/other" })], [false, true]);
});

Deno.test("UnfinishedTrees forgets what is a week old, and the oldest of more than a hundred", () => {
  using temp = new TempDir();
  let now = 1_000;
  const trees = new UnfinishedTrees(temp.join("unfinished"), () => now);
  trees.begin(TREE);
  now += 7 * DAY_MS - 1;
  assertEquals(trees.has(TREE), true);
  now += 1;
  assertEquals(trees.has(TREE), false);
  for (let at = 0; at <= 100; at++) trees.begin({ ...TREE, to: `/${at}` });
  assertEquals(["/0", "/1", "/100"].map((to) => trees.has({ ...TREE, to })), [false, true, true]);
});

Deno.test("UnfinishedTrees leaves out lines that are damaged", () => {
  using temp = new TempDir();
  const file = temp.join("unfinished");
  const trees = new UnfinishedTrees(file, () => 1_000);
  trees.begin(TREE);
  Deno.writeTextFileSync(file, `{"command":"pu\n${Deno.readTextFileSync(file)}[]\n{}\n`);
  assertEquals(trees.has(TREE), true);
});
