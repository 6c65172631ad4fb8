import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../console/exit_status.ts";
import { checkUserName, isUserName } from "../../users/user_name.ts";

Deno.test("isUserName() takes 1 to 32 of the letters that are allowed", { permissions: "none" }, () => {
  for (const name of ["a", "0", "alice", "a.b", "a_b-c", "x".repeat(31), "x".repeat(32), "console", "com10", "a..b"]) {
    assertEquals(isUserName(name), true, name);
  }
});

Deno.test("isUserName() refuses what is no folder's name, a look-alike or an option", { permissions: "none" }, () => {
  const paths = ["", ".", "..", "../x", "a/b", "a\\b", "/", "a:b", "~", ".hidden", "a."];
  const devices = ["con", "nul", "prn", "aux", "com1", "lpt9", "con.x", "nul.tar.gz"];
  const lookAlikes = ["Alice", "ALICE", "\u00e4", "e\u0301", "\u0430lice", "a\u200b", "\u212a", "\uff41"];
  const others = ["-rf", "--help", "_a", "a b", " a", "a ", "a\n", "\na", "a\0", "a'b", "a%", "a,b", "a=b", "a@b"];
  for (const name of [...paths, ...devices, ...lookAlikes, ...others, "x".repeat(33)]) {
    assertEquals(isUserName(name), false, JSON.stringify(name));
  }
});

Deno.test("checkUserName() says what is allowed and shows the name in visible form", { permissions: "none" }, () => {
  checkUserName("alice");
  assertThrows(() => checkUserName("a\x1b[2J"), UsageError, String.raw`User name "a\u{1b}[2J" is not allowed: 1 to 32`);
});
