import { assertEquals, assertStringIncludes } from "@std/assert";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

Deno.test("put and get move a file there and back when two users each have their own", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice", "bob");
  const content = someBytes(3_000_000);
  const digest = await sha256Of(content);
  const file = temp.file("a.bin", content);

  const put = await server.shell("alice", `put ${file}; ls; hash a.bin; quota`);
  assertEquals(put.code, 0, put.stderr);
  assertStringIncludes(put.stdout, `sha256 ok ${digest}`);
  assertStringIncludes(put.stdout, `${digest}  /a.bin`);

  const other = await server.shell("bob", "get a.bin");
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, `ftp: 402 `);

  const get = await server.ftp(["get", `alice@${server.address}:a.bin`, temp.join("b.bin")]);
  assertEquals(get.code, 0, get.stderr);
  assertEquals(Deno.readFileSync(temp.join("b.bin")), content);
  assertEquals(server.used("alice"), content.length);
  assertEquals(server.used("bob"), 0);
});
