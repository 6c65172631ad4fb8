import { assertEquals } from "@std/assert";
import { PASSWORD } from "../harness.ts";
import { type Ran } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";

/** Runs `connect` with something on its stdin and no password in the environment. */
function connect(server: TestServer, args: readonly string[], stdin: string): Promise<Ran> {
  // An empty variable would be an empty password: --password-stdin comes before it.
  return server.ftp(["connect", `alice@${server.address}`, ...args], { stdin, env: { FTP_PASSWORD: "not this one" } });
}

Deno.test("connect takes the first line of stdin as password and the others as commands", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const args of [["--batch", "-", "--password-stdin"], ["--password-stdin"]]) {
    const ran = await connect(server, args, `${PASSWORD}\npwd\nmkdir a; ls\nrmdir a`);
    assertEquals(ran, { code: 0, stdout: "/\nMade /a\na/\nRemoved /a\n", stderr: "" });
  }
});

Deno.test("connect -c leaves what follows the password on stdin alone", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const ran = await connect(server, ["-c", "pwd", "--password-stdin"], `${PASSWORD}\nmkdir a\n`);
  assertEquals(ran, { code: 0, stdout: "/\n", stderr: "" });
});

Deno.test("connect runs every -c in order, and none after one that fails", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const twice = await server.shell("alice", "mkdir a", ["-c", "cd a; pwd", "--command", "pwd"]);
  assertEquals(twice, { code: 0, stdout: "Made /a\n/a\n/a\n/a\n", stderr: "" });
  const failed = await server.shell("alice", "cd nowhere", ["-c", "mkdir b"]);
  assertEquals([failed.code, failed.stdout], [1, ""]);
});
