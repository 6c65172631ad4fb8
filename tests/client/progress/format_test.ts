import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import stringWidth from "string-width";
import { fitColumns, progressLine } from "../../../client/progress/bar.ts";
import { resultLine } from "../../../client/progress/format.ts";
import type { Moment } from "../../../client/progress/gauge.ts";

const MIB = 1024 ** 2;
const HALF: Moment = { name: "big.iso", phase: "transfer", done: 5 * MIB, total: 10 * MIB, rate: MIB };

Deno.test("progressLine() shows name, bar, percent, bytes, rate and time left", { permissions: "none" }, () => {
  assertEquals(
    progressLine(HALF, 120),
    "big.iso  [##########----------]  50%  5.0 MiB of 10.0 MiB  1.0 MiB/s  5.0s left",
  );
});

Deno.test("progressLine() names the phase when it is not the transfer", { permissions: "none" }, () => {
  assertStringIncludes(progressLine({ ...HALF, phase: "checking" }, 120), "]  checking   50%".replace("]  ", "] "));
});

Deno.test("progressLine() goes from 0 to 100 percent and no further", { permissions: "none" }, () => {
  const percent = (done: number, total: number) => /(\d+)%/.exec(progressLine({ ...HALF, done, total }, 120))![1];
  assertEquals([percent(0, 100), percent(1, 1000), percent(999, 1000), percent(100, 100)], ["0", "0", "99", "100"]);
  assertEquals([percent(0, 0), percent(150, 100)], ["100", "100"]);
});

Deno.test("progressLine() says no time when nothing moves, and none below zero", { permissions: "none" }, () => {
  assertStringIncludes(progressLine({ ...HALF, rate: 0 }, 120), "0 B/s  -- left");
  // A file that grew while it was read.
  const line = progressLine({ ...HALF, done: 11 * MIB }, 120);
  assert(!line.includes("-1.0s"), line);
});

Deno.test("progressLine() is never wider than the screen, and leaves out the least important first", {
  permissions: "none",
}, () => {
  const names = ["a", "x".repeat(300), "日本語".repeat(40), "é".repeat(100), "😀".repeat(60)];
  for (const name of names) {
    for (let columns = 1; columns <= 160; columns++) {
      const width = stringWidth(progressLine({ ...HALF, name }, columns));
      // A full last column would make some screens go to the next line.
      assert(width < columns || columns === 1, `${width} of ${columns} columns for ${name}`);
    }
  }
  assertEquals(progressLine(HALF, 79).includes("left"), false);
  assertStringIncludes(progressLine(HALF, 70), "50%");
  assertStringIncludes(progressLine(HALF, 40), "50%");
});

Deno.test("progressLine() and resultLine() show hostile names in visible form", { permissions: "none" }, () => {
  const name = "\x1b]52;c;aGk=\x07\r\u202egpj";
  const result = { name, code: 201, size: 1, moved: 1, ms: 1, sha256: "" };
  for (const line of [progressLine({ ...HALF, name }, 160), resultLine(result)]) {
    assertStringIncludes(line, String.raw`\u{1b}]52;c;aGk=\u{7}\u{d}\u{202e}gpj`);
    // deno-lint-ignore no-control-regex
    assert(!/[\0-\x1f\x7f-\x9f\u202e]/.test(line));
  }
});

Deno.test("fitColumns() cuts by columns and marks the cut", { permissions: "none" }, () => {
  assertEquals(fitColumns("abc", 3), "abc");
  assertEquals(fitColumns("abcd", 3), "ab…");
  // A wide character that does not fit as a whole is not shown.
  assertEquals(fitColumns("日本語", 4), "日…");
  assertEquals(fitColumns("日本語", 6), "日本語");
});

Deno.test("resultLine() says size, time, rate and the digest", { permissions: "none" }, () => {
  const result = { name: "a.bin", size: 3 * MIB, moved: 3 * MIB, ms: 1500, sha256: "abc" };
  assertEquals(resultLine({ ...result, code: 201 }), "a.bin  3.0 MiB in 1.5s, 2.0 MiB/s, sha256 ok abc");
  assertEquals(
    resultLine({ ...result, code: 205, moved: MIB, ms: 1000 }),
    "a.bin  205 resumed, the last 1.0 MiB of 3.0 MiB in 1.0s, 1.0 MiB/s, sha256 ok abc",
  );
  assertEquals(resultLine({ ...result, code: 203, moved: 0 }), "a.bin  203 already the same, 3.0 MiB, sha256 ok abc");
  // Faster than the clock can tell.
  assertStringIncludes(resultLine({ ...result, code: 201, ms: 0 }), "in 0.0s, 2.9 GiB/s");
});
