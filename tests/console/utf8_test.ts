import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../console/exit_status.ts";
import { utf8Lines, utf8LinesOf, utf8Of } from "../../console/utf8.ts";
import { bytesOf } from "../protocol/bytes.ts";

/** The lines of some bytes that come in pieces of one length. */
async function linesIn(bytes: Uint8Array, length: number): Promise<string[]> {
  const lines: string[] = [];
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  };
  for await (const line of utf8LinesOf(pieces(), "stdin")) lines.push(line);
  return lines;
}

Deno.test("utf8Of() decodes, takes a byte order mark away, and replaces nothing", { permissions: "none" }, () => {
  assertEquals(utf8Of(bytesOf("\uFEFFä\uFFFD")), "ä\uFFFD");
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xae]]) {
    assertEquals(utf8Of(new Uint8Array(bytes)), undefined);
  }
});

Deno.test("utf8LinesOf() gives the same lines however the bytes are cut", { permissions: "none" }, async () => {
  const bytes = bytesOf("\uFEFFä b\r\n\n\uFEFF😀\nlast");
  for (let length = 1; length <= bytes.length; length++) {
    assertEquals(await linesIn(bytes, length), ["ä b", "", "\uFEFF😀", "last"]);
  }
  assertEquals(await linesIn(bytesOf("a\n"), 9), ["a"]);
  assertEquals(await linesIn(bytesOf(""), 9), []);
});

Deno.test(
  "utf8LinesOf() names the line that is not UTF-8 and shows nothing of it",
  { permissions: "none" },
  async () => {
    for (const length of [1, 100]) {
      const reading = linesIn(new Uint8Array([...bytesOf("good\nbad"), 0xff, ...bytesOf("\ngood")]), length);
      assertEquals((await assertRejects(() => reading, UsageError)).message, "Line 2 of stdin is not UTF-8");
    }
  },
);

Deno.test("utf8Lines() refuses a content that is not UTF-8", { permissions: "none" }, () => {
  assertEquals(utf8Lines(bytesOf("\uFEFFa\r\nb\n"), "it"), ["a", "b", ""]);
  assertThrows(() => utf8Lines(new Uint8Array([0x61, 0xff]), "It"), UsageError, "It is not UTF-8");
});
