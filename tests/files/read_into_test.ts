import { assertEquals } from "@std/assert";
import { readInto } from "../../files/read_into.ts";
import { bytesOf } from "../protocol/bytes.ts";

const permissions = "none";

/** A file whose reads give at most so many bytes. */
function fileOf(content: string, most: number): { readSync(target: Uint8Array): number | null } {
  let rest = bytesOf(content);
  return {
    readSync(target) {
      if (rest.length === 0) return null;
      const piece = rest.subarray(0, Math.min(most, target.length));
      target.set(piece);
      rest = rest.subarray(piece.length);
      return piece.length;
    },
  };
}

Deno.test("readInto() fills the target or stops at the end, whatever a read gives", { permissions }, () => {
  for (const most of [1, 2, 3, 100]) {
    for (const [room, expected] of [[3, "abc"], [5, "abcde"], [8, "abcde"]] as const) {
      const target = new Uint8Array(room);
      const count = readInto(fileOf("abcde", most), target);
      assertEquals(target.subarray(0, count), bytesOf(expected), `${most} ${room}`);
    }
  }
  assertEquals(readInto(fileOf("", 1), new Uint8Array(2)), 0);
});
