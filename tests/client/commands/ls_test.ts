import { assertEquals } from "@std/assert";
import { TestServer } from "../../test_server.ts";

/** A server where alice has the files `a`, `b` and `d/f` and the folder `e`. */
async function listed(): Promise<TestServer> {
  const server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const home = server.home("alice");
  for (const folder of ["d", "e"]) Deno.mkdirSync(`${home}/${folder}`);
  for (const file of ["a", "b", "d/f"]) Deno.writeTextFileSync(`${home}/${file}`, file);
  return server;
}

Deno.test("ls shows files first and without headers, and a header for each of several folders", async () => {
  await using server = await listed();
  const rows: [command: string, stdout: string][] = [
    ["ls ?", "a\nb\n\nd:\nf\n\ne:\n"],
    ["ls d a", "a\n\nd:\nf\n"],
    ["ls d e", "d:\nf\n\ne:\n"],
    ["ls [ab]", "a\nb\n"],
    ["ls */f b", "d/f\nb\n"],
    ["ls d", "f\n"],
    ["ls d/f", "d/f\n"],
  ];
  for (const [command, stdout] of rows) {
    assertEquals(await server.shell("alice", command), { code: 0, stdout, stderr: "" }, command);
  }
  assertEquals((await server.shell("alice", "cd d; ls f /a", ["-q"])).stdout, "f\n/a\n");
});

Deno.test("ls lists what is there, then names what is not, and shows no header for it", async () => {
  await using server = await listed();
  const ran = await server.shell("alice", "ls nosuch d a none");
  assertEquals(ran.stdout, "a\n\nd:\nf\n");
  assertEquals(
    ran.stderr,
    'ftp: 402 Cannot use "/nosuch": it does not exist\nftp: 402 Cannot use "/none": it does not exist\n',
  );
  assertEquals(ran.code, 1);
});

Deno.test("parts says so when no upload waits, but not to a program", async () => {
  await using server = await listed();
  assertEquals((await server.shell("alice", "parts")).stdout, "No interrupted uploads\n");
  assertEquals((await server.shell("alice", "parts", ["--json"])).stdout, "");
});
