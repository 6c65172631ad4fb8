import { assertEquals, assertThrows } from "@std/assert";
import { SecretLine } from "../../console/secret_line.ts";
import { UsageError } from "../../console/exit_status.ts";

/** Types a text; returns what became of it. */
function type(text: string): [string, string] {
  const line = new SecretLine();
  let typed = "more";
  for (const byte of new TextEncoder().encode(text)) {
    if (typed === "more") typed = line.push(byte);
  }
  return [typed, line.text];
}

Deno.test("SecretLine takes keys until Enter or Ctrl-D, and gives up at Ctrl-C", { permissions: "none" }, () => {
  assertEquals(type("secret"), ["more", "secret"]);
  assertEquals(type("pä ss\rmore"), ["done", "pä ss"]);
  assertEquals(type("secret\nmore"), ["done", "secret"]);
  assertEquals(type("secret\x04"), ["done", "secret"]);
  assertEquals(type("sec\x03ret\r")[0], "interrupted");
});

Deno.test("SecretLine erases whole characters, no more than there are, or the line", { permissions: "none" }, () => {
  assertEquals(type("ab\x7f\r"), ["done", "a"]);
  assertEquals(type("a😀\x7fb\r"), ["done", "ab"]);
  assertEquals(type("ä\x08\x08\x08x\r"), ["done", "x"]);
  assertEquals(type("wrong\x15right\r"), ["done", "right"]);
});

Deno.test("SecretLine refuses bytes that are not UTF-8 and shows nothing of them", { permissions: "none" }, () => {
  const line = new SecretLine();
  for (const byte of [0x61, 0xff, 0x62]) line.push(byte);
  assertEquals(assertThrows(() => line.text, UsageError).message, "The password is not UTF-8");
});
