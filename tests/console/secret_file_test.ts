import { assertEquals, assertThrows } from "@std/assert";
import { secretOf } from "../../console/secret_file.ts";
import { UsageError } from "../../console/exit_status.ts";
import { bytesOf } from "../protocol/bytes.ts";

const FILE = { file: "/etc/secret", info: { isFile: true, mode: 0o100600 } };
const SECRET = "0123456789abcdef";

Deno.test("secretOf() gives the same bytes whatever white space ends the file", { permissions: "none" }, () => {
  for (const content of [SECRET, `${SECRET}\n`, `${SECRET}\r\n`, `  ${SECRET}\n\n`, `\uFEFF${SECRET}\r\n`]) {
    assertEquals(secretOf(bytesOf(content), FILE), bytesOf(SECRET));
  }
  assertEquals(secretOf(bytesOf(`${SECRET} inner space\n`), FILE), bytesOf(`${SECRET} inner space`));
});

Deno.test("secretOf() takes 16 bytes and refuses 15, not counting white space", { permissions: "none" }, () => {
  assertEquals(secretOf(bytesOf("é".repeat(8)), FILE).length, 16);
  for (const content of ["", "\n", SECRET.slice(1), `${SECRET.slice(1)}\n`, " ".repeat(40)]) {
    assertThrows(() => secretOf(bytesOf(content), FILE), UsageError, "shorter than 16 bytes");
  }
});

Deno.test("secretOf() refuses a file that others may read or write", { permissions: "none" }, () => {
  for (const mode of [0o100640, 0o100604, 0o100620, 0o100602, 0o100610, 0o100601, 0o100644, 0o777]) {
    const read = () => secretOf(bytesOf(SECRET), { file: "s", info: { isFile: true, mode } });
    assertThrows(read, UsageError, "may be read by others; make it 0600");
  }
  for (const mode of [0o100600, 0o100400]) secretOf(bytesOf(SECRET), { file: "s", info: { isFile: true, mode } });
});

Deno.test("secretOf() asks for no mode where the platform has none", { permissions: "none" }, () => {
  assertEquals(secretOf(bytesOf(SECRET), { file: "s", info: { isFile: true, mode: null } }), bytesOf(SECRET));
});

Deno.test("secretOf() refuses what is not a regular file", { permissions: "none" }, () => {
  const read = () => secretOf(bytesOf(SECRET), { file: "s", info: { isFile: false, mode: 0o600 } });
  assertThrows(read, UsageError, '"s" is not a regular file');
});

Deno.test("secretOf() refuses what is not UTF-8 and shows nothing of it", { permissions: "none" }, () => {
  const content = new Uint8Array([...bytesOf(SECRET), 0xff]);
  const error = assertThrows(() => secretOf(content, FILE), UsageError, "is not UTF-8");
  assertEquals(error.message.includes(SECRET), false);
});
