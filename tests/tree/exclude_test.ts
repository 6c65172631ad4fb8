import { assertEquals } from "@std/assert";
import { assertRan, assertSettled, namesOf } from "./kit.ts";
import { syncBench } from "./sync_bench.ts";

for (const direction of ["up", "down"] as const) {
  Deno.test(`sync ${direction} --exclude leaves names and paths out, and --delete leaves excluded extras`, async () => {
    const source = {
      "a.txt": "1",
      "a.log": "1",
      "d/b.log": "1",
      "d/b": "1",
      "node_modules/x/y": "1",
      "d/node_modules/z": "1",
      "top/out/q": "1",
      "d/top/out/q": "1",
    };
    const target = {
      "old.log": "kept",
      "node_modules/kept": "kept",
      "top/out/kept": "kept",
      "old": "goes",
      "d/c": "goes",
    };
    await using at = await syncBench(direction, { source, target });
    const ran = await at.sync("--delete", "--exclude", "*.log", "--exclude", "node_modules", "--exclude", "/top/out");
    assertRan(ran, 0, { files: 3, removed: 2, failed: 0 });
    assertEquals(namesOf(at.to), [
      "a.txt",
      "d/",
      "d/b",
      "d/top/",
      "d/top/out/",
      "d/top/out/q",
      "node_modules/",
      "node_modules/kept",
      "old.log",
      "top/",
      "top/out/",
      "top/out/kept",
    ]);
    assertSettled(at.server);
  });

  Deno.test(`sync ${direction} --delete keeps an excluded file when its folder is an extra`, async () => {
    await using at = await syncBench(direction, {
      source: { "a": "1" },
      target: { "gone/keep.me": "kept", "gone/b": "goes" },
    });
    await at.sync("--delete", "--exclude", "*.me");
    assertEquals(namesOf(at.to).includes("gone/keep.me"), true);
  });
}
