import { assertEquals } from "@std/assert";
import { planParts } from "../../../client/tree/parts.ts";
import { RECORD_LIMIT_BYTES } from "../../../protocol/message/record.ts";
import { virtualPath } from "../../../protocol/virtual_path.ts";

const LARGE = RECORD_LIMIT_BYTES + 1;

function item(name: string, size: number) {
  return { name, entry: "file", size, mtime: 0, exec: false } as const;
}

function part(path: string, size: number, running = false) {
  return { part: `${path} ${size}`, path, size, offset: 1, updated: 0, running };
}

Deno.test("planParts() reuses what fits, and drops what nobody will finish", () => {
  const files = [item("large", LARGE), item("sub/grown", LARGE + 5), item("small", 10)];
  const parts = [
    part("/base/large", LARGE),
    part("/base/large", LARGE),
    part("/base/sub/grown", LARGE),
    part("/base/small", 10),
    part("/base/other", 7),
    part("/large", LARGE),
    part("/basement/large", LARGE),
    part("/base/sub/grown", LARGE + 5, true),
  ];
  const options = { base: virtualPath("/base"), limit: { isSet: false, frameBytes: 0 }, again: false };
  const { reused, stale } = planParts(parts, files, options);
  assertEquals([reused, stale.map(({ part }) => part)], [LARGE, [`/base/sub/grown ${LARGE}`, "/base/small 10"]]);
  // What still runs is ours when our connection was lost.
  assertEquals(planParts(parts, files, { ...options, again: true }).reused, LARGE + LARGE + 5);
  assertEquals(planParts([part("/large", LARGE)], files, { ...options, base: virtualPath("/") }).reused, LARGE);
});
