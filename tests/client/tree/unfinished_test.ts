import { assertEquals } from "@std/assert";
import { RecordFolder } from "../../../client/transfer/record_folder.ts";
import { UnfinishedTrees } from "../../../client/tree/unfinished.ts";
import { TempDir } from "../../harness.ts";

const TREE = { command: "put", server: "host:2121", user: "alice", from: "/home/a", to: "/site" };

Deno.test("UnfinishedTrees remembers what was begun until it has ended, whatever the clock says", () => {
  using temp = new TempDir();
  const trees = () => new UnfinishedTrees(new RecordFolder(temp.join("new", "unfinished")));
  assertEquals(trees().has(TREE), false);
  trees().begin(TREE);
  trees().begin({ ...TREE, to: "/other" });
  for (const { name } of Deno.readDirSync(temp.join("new", "unfinished"))) {
    Deno.utimeSync(temp.join("new", "unfinished", name), 0, 0);
  }
  assertEquals(trees().has(TREE), true);
  for (const [key, value] of Object.entries({ command: "get", server: "host:1", user: "bob", from: "/x", to: "/y" })) {
    assertEquals(trees().has({ ...TREE, [key]: value }), false, key);
  }
  trees().end(TREE);
  assertEquals([trees().has(TREE), trees().has({ ...TREE, to: "/other" })], [false, true]);
});

Deno.test("UnfinishedTrees forgets what is too many: first folders that are gone, then the oldest", () => {
  using temp = new TempDir();
  const folder = temp.join("unfinished");
  const trees = new UnfinishedTrees(new RecordFolder(folder));
  const gone = { ...TREE, command: "get", to: temp.join("gone") };
  trees.begin(TREE);
  for (const { name } of Deno.readDirSync(folder)) Deno.utimeSync(`${folder}/${name}`, 1, 1);
  trees.begin(gone);
  for (let at = 2; at < 100; at++) trees.begin({ ...TREE, to: `/${at}` });
  assertEquals([trees.has(TREE), trees.has(gone)], [true, true]);
  trees.begin({ ...TREE, to: "/100" });
  assertEquals([trees.has(TREE), trees.has(gone)], [true, false]);
  trees.begin({ ...TREE, to: "/101" });
  assertEquals([trees.has(TREE), trees.has({ ...TREE, to: "/101" })], [false, true]);
});

Deno.test("UnfinishedTrees takes a damaged record for none", () => {
  using temp = new TempDir();
  const trees = new UnfinishedTrees(new RecordFolder(temp.join("unfinished")));
  trees.begin(TREE);
  const [{ name } = { name: "" }] = [...Deno.readDirSync(temp.join("unfinished"))];
  for (const text of ['{"command":"pu', "[]", "{}", "null"]) {
    Deno.writeTextFileSync(temp.join("unfinished", name), text);
    assertEquals(trees.has(TREE), false, text);
  }
});
