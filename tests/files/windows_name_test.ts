import { assertEquals } from "@std/assert";
import { isAllowedOnWindows } from "../../files/windows_name.ts";

Deno.test(
  "isAllowedOnWindows() refuses devices, streams, separators and ends that vanish",
  { permissions: "none" },
  () => {
    const devices = [
      "CON",
      "con",
      "Prn",
      "AUX",
      "nul",
      "nul.txt",
      "NUL.tar.gz",
      "COM1",
      "com0",
      "COM9.log",
      "LPT9.log",
    ];
    const hidden = ["COM1 ", "con .txt", "COM\u00b9", "lpt\u00b2.x", "com\u00b3", "CONIN$", "conout$.txt"];
    const marks = [
      "a.txt:evil",
      "a::$DATA",
      "C:x",
      "a\\b",
      "..\\x",
      "\\\\srv\\s",
      "a*",
      "a?",
      'a"b',
      "a<b",
      "a>b",
      "a|b",
    ];
    for (const name of [...devices, ...hidden, ...marks, "x.", "x ", "x. ", "x...", " "]) {
      assertEquals(isAllowedOnWindows(name), false, name);
    }
  },
);

Deno.test("isAllowedOnWindows() takes names that only look like devices", { permissions: "none" }, () => {
  const names = ["console", "con1", "acon", "COM", "COM10", "com1x", "lpt", "null", "auxiliary.txt", ".con", "x.con"];
  for (const name of [...names, "a b", "é.txt", "日本語", "a;b", "a'b", "$x", "CONIN", "-rf"]) {
    assertEquals(isAllowedOnWindows(name), true, name);
  }
});
