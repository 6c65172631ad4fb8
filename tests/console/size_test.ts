import { assertEquals, assertThrows } from "@std/assert";
import { formatDuration, formatQuota, formatSize, parseQuota, parseSize } from "../../console/size.ts";
import { UsageError } from "../../console/exit_status.ts";

Deno.test("parseSize() reads powers of 1,024 and of 1,000", { permissions: "none" }, () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["500", 500],
    ["500B", 500],
    ["10K", 10_240],
    ["10k", 10_240],
    ["10KiB", 10_240],
    ["10KB", 10_000],
    ["10M", 10_485_760],
    ["10MB", 10_000_000],
    ["1.5G", 1_610_612_736],
    ["2T", 2_199_023_255_552],
    ["2TB", 2_000_000_000_000],
    ["0.5K", 512],
    ["9007199254740991", 9_007_199_254_740_991],
  ];
  for (const [text, bytes] of cases) assertEquals(parseSize(text), bytes, text);
});

Deno.test("parseSize() refuses what is no size", { permissions: "none" }, () => {
  const bad = [
    "",
    "lots",
    "K",
    "-1",
    "+1",
    "1e3",
    "0x10",
    "1,5G",
    "1.G",
    ".5G",
    " 1",
    "1 ",
    "1 K",
    "10P",
    "10KK",
    "1K1",
  ];
  for (
    const text of [...bad, "none", "NaN", "Infinity", "1\n", "\u0661", "9007199254740992", "9007199254740993", "8192T"]
  ) {
    assertThrows(() => parseSize(text), UsageError, `Not a size: "${text}"`);
  }
});

Deno.test("parseQuota() reads `none` as no limit and never another text", { permissions: "none" }, () => {
  assertEquals([parseQuota("none"), parseQuota("None"), parseQuota("0"), parseQuota("10M")], [
    null,
    null,
    0,
    10_485_760,
  ]);
  for (const text of ["", "null", "unlimited", "-1"]) assertThrows(() => parseQuota(text), UsageError);
});

Deno.test("formatSize() changes the unit where the number would be 1024.0", { permissions: "none" }, () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 * 1023.9, "1023.9 KiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [3.1 * 1024 ** 2, "3.1 MiB"],
    [12 * 1024 ** 2, "12.0 MiB"],
    [2 * 1024 ** 3, "2.0 GiB"],
    [1024 ** 4, "1.0 TiB"],
    [2 ** 53 - 1, "8192.0 TiB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatSize(bytes), text);
});

Deno.test("formatQuota() says none when there is no limit, and 0 B when it is zero", { permissions: "none" }, () => {
  assertEquals([formatQuota(null), formatQuota(0), formatQuota(1024)], ["none", "0 B", "1.0 KiB"]);
});

Deno.test("formatDuration() changes its form where the number would round up", { permissions: "none" }, () => {
  const cases: [number, string][] = [
    [0, "0.0s"],
    [400, "0.4s"],
    [9_949, "9.9s"],
    [9_950, "10s"],
    [59_499, "59s"],
    [59_500, "1m00s"],
    [185_000, "3m05s"],
    [3_599_499, "59m59s"],
    [3_599_500, "1h00m"],
    [7_620_000, "2h07m"],
    [360_000_000, "100h00m"],
  ];
  for (const [ms, text] of cases) assertEquals(formatDuration(ms), text);
});

Deno.test("parseSize() and parseQuota() name `none` only where it is one", { permissions: "none" }, () => {
  assertThrows(
    () => parseSize("none"),
    UsageError,
    'Not a size: "none"; a size is for example 500, 10K, 10M, 1.5G or 10MB',
  );
  assertThrows(() => parseQuota("lots"), UsageError, "10MB or none");
});
