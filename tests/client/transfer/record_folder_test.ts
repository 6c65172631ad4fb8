import { assertEquals } from "@std/assert";
import { RecordFolder } from "../../../client/transfer/record_folder.ts";
import { namesIn } from "../../resume/kit.ts";
import { TempDir } from "../../harness.ts";

const { mode } = Deno.statSync(".");
const hasModes = mode !== null && Deno.build.os !== "windows";

Deno.test("RecordFolder keeps private records, and two programs lose none of each other's", () => {
  using temp = new TempDir();
  const folder = temp.join("new", "records");
  const [one, other] = [new RecordFolder(folder), new RecordFolder(folder)];
  assertEquals([one.write("a", { n: 1 }), other.write("b", { n: 2 }), one.write("a", { n: 3 })], [true, true, true]);
  assertEquals(other.names().sort(), ["a", "b"]);
  assertEquals([other.read("a"), one.read("b"), one.read("c")], [{ n: 3 }, { n: 2 }, undefined]);
  assertEquals(namesIn(folder), ["a.json", "b.json"]);
  if (hasModes) {
    assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
    assertEquals(Deno.statSync(`${folder}/a.json`).mode! & 0o777, 0o600);
  }
  other.remove("a");
  one.remove("a");
  assertEquals([one.names(), one.trouble], [["b"], undefined]);
});

Deno.test("RecordFolder keeps in memory what it cannot write, and says why", () => {
  using temp = new TempDir();
  const why = `"${temp.join("file", "x")}" cannot be written: `;
  for (const [folder, trouble] of [[temp.join("file", "x"), why], [undefined, "no folder for it is known"]] as const) {
    temp.file("file", "");
    const records = new RecordFolder(folder);
    assertEquals(records.write("a", { n: 1 }), false);
    assertEquals([records.read("a"), records.names(), records.passing], [{ n: 1 }, ["a"], ["a"]]);
    assertEquals(records.trouble?.startsWith(trouble), true, records.trouble);
    assertEquals([records.hold("b"), records.isHeld("a")], [undefined, true]);
    records.remove("a");
    assertEquals(records.names(), []);
  }
});

Deno.test("RecordFolder.isHeld() is true as long as a program holds a record, and no longer", () => {
  using temp = new TempDir();
  const [one, other] = [new RecordFolder(temp.path), new RecordFolder(temp.path)];
  {
    using _held = one.hold("a");
    one.write("a", {});
    assertEquals([other.isHeld("a"), other.isHeld("b")], [true, false]);
  }
  assertEquals(other.isHeld("a"), false);
  other.remove("a");
  assertEquals(namesIn(temp.path), []);
});

Deno.test("RecordFolder.prune() drops what is of no use, then the oldest, and only while there is too much", () => {
  using temp = new TempDir();
  const records = new RecordFolder(temp.path);
  for (const [at, name] of ["old", "void", "b", "c"].entries()) {
    records.write(name, {});
    Deno.utimeSync(temp.join(`${name}.json`), at, at);
  }
  const plan = { isVoid: (name: string) => name === "void", drop: (name: string) => records.remove(name) };
  records.prune(4, plan);
  assertEquals(records.names().length, 4);
  records.prune(3, plan);
  assertEquals(records.names().sort(), ["b", "c", "old"]);
  records.prune(2, plan);
  assertEquals(records.names(), ["c"]);
  // What cannot be dropped is no failure of what was asked for.
  records.prune(0, {
    ...plan,
    drop: () => {
      throw new Error("it cannot be");
    },
  });
  assertEquals(records.names(), ["c"]);
});
