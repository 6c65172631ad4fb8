import { assertEquals } from "@std/assert";
import { type Holder, notEnoughSpace } from "../../console/not_enough_space.ts";

const permissions = "none";
const MIB = 1024 ** 2;
const FIRST = 'Not enough space for "big.iso": 12.0 MiB needed, 3.0 MiB of 10.0 MiB free';
const HOW = ": parts rm ID in the shell drops one, ftp connect HOST -c parts lists them";

function refusal(reserved: number, holders?: readonly Holder[]) {
  const usage = { used: 7 * MIB - reserved, reserved, limit: 10 * MIB };
  return notEnoughSpace('"big.iso"', holders ? { needed: 12 * MIB, usage, holders } : { needed: 12 * MIB, usage });
}

function holder(path: string, bytes: number, isRunning: boolean): Holder {
  return { path, bytes, isRunning };
}

Deno.test({
  name: "notEnoughSpace() says what holds room, running and unfinished uploads apart",
  permissions,
  fn() {
    const cases: [reserved: number, holders: readonly Holder[] | undefined, rest: string][] = [
      [0, [], ""],
      [MIB, undefined, ""],
      [MIB, [], "; 1.0 MiB held by running uploads"],
      [MIB, [holder("/a", MIB, true)], '; 1.0 MiB held by 1 running upload ("/a")'],
      [MIB, [holder("/a\n", MIB, false)], `; 1.0 MiB held by 1 unfinished upload ("/a\\u{a}")${HOW}`],
      [
        6 * MIB,
        [holder("/r", 2 * MIB, true), ...["/a", "/b", "/c", "/d"].map((path) => holder(path, MIB, false))],
        `; 2.0 MiB held by 1 running upload ("/r") and 4.0 MiB held by 4 unfinished uploads ("/a", "/b", "/c" and 1 more)${HOW}`,
      ],
    ];
    for (const [reserved, holders, rest] of cases) assertEquals(refusal(reserved, holders).message, `${FIRST}${rest}`);
    const { code, details } = refusal(3 * MIB, [holder("/a", 2 * MIB, false)]);
    assertEquals([code, { ...details }], [404, {
      needed: 12 * MIB,
      free: 3 * MIB,
      running: MIB,
      unfinished: 2 * MIB,
    }]);
  },
});
