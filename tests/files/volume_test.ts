import { assertEquals } from "@std/assert";
import { isOnePlace, topOfVolume } from "../../files/volume.ts";
import { TempDir } from "../harness.ts";
import { mounted } from "../mounts.ts";

Deno.test("isOnePlace() tells volumes apart, also where they show the same disk, and topOfVolume() finds their tops", () => {
  using temp = new TempDir();
  for (const name of ["memory", "bound", "source/deep", "plain/deep"]) {
    Deno.mkdirSync(temp.join(name), { recursive: true });
  }
  assertEquals(isOnePlace(temp.path, temp.join("plain", "deep")), true);
  assertEquals(isOnePlace(temp.join("nowhere"), temp.path), true);
  assertEquals(topOfVolume(temp.join("plain", "deep"), temp.path), temp.path);
  using memory = mounted({ at: temp.join("memory") });
  using bound = mounted({ at: temp.join("bound"), source: temp.join("source") });
  if (!memory.isThere || !bound.isThere) return;
  Deno.mkdirSync(temp.join("memory", "a", "b"), { recursive: true });
  const places: [from: string, to: string, isOne: boolean][] = [
    ["plain", "memory", false],
    ["plain", "bound", false],
    ["source", "bound", false],
    ["bound", "bound/deep", true],
    ["memory/a", "memory/a/b", true],
    ["source", "plain", true],
  ];
  for (const [from, to, isOne] of places) {
    assertEquals([from, to, isOnePlace(temp.join(from), temp.join(to))], [from, to, isOne]);
  }
  assertEquals(topOfVolume(temp.join("memory", "a", "b"), temp.path), temp.join("memory"));
  assertEquals(topOfVolume(temp.join("memory", "a", "b"), temp.join("memory", "a")), temp.join("memory", "a"));
  assertEquals(topOfVolume(temp.join("bound", "deep"), temp.path), temp.join("bound"));
  assertEquals([...Deno.readDirSync(temp.join("memory"))].map(({ name }) => name), ["a"]);
});
