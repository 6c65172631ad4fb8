import { assertEquals } from "@std/assert";
import { ftpArguments, ftpCommand } from "../run_ftp.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** A server with a user, and what every run needs. */
async function serverWithFiles(): Promise<{ server: TestServer; temp: TempDir; env: Record<string, string> }> {
  const server = await TestServer.start();
  await server.addUsers("10M", "alice");
  for (let at = 0; at < 50; at++) Deno.writeTextFileSync(`${server.home("alice")}/f${at}`, "x");
  return { server, temp: new TempDir(), env: { FTP_PASSWORD: PASSWORD, FTP_ROOT: server.root.directory } };
}

/** How a run ends whose reader of one stream leaves before it has said anything. */
async function withoutReader(
  stream: "stdout" | "stderr",
  args: readonly string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Promise<{ code: number; said: string }> {
  const child = ftpCommand(args, { stdin: "null", stdout: "piped", stderr: "piped", env, cwd }).spawn();
  await child[stream].cancel();
  const said = await new Response(stream === "stdout" ? child.stderr : child.stdout).text();
  return { code: (await child.status).code, said };
}

Deno.test("row 23: every command ends quietly with 141 when nobody reads its output", async () => {
  const { server, temp, env } = await serverWithFiles();
  await using _server = server;
  using _temp = temp;
  temp.file("mine", "mine");
  const client = server.clientArgs();
  const at = `alice@${server.address}`;
  const calls: string[][] = [
    ["--help"],
    ["help", "put", "--json"],
    ["--version"],
    ["users"],
    ["users", "--json"],
    ["quota", "alice"],
    ["ls", `${at}:`, ...client],
    ["ls", "-R", "--json", `${at}:`, ...client],
    ["get", `${at}:f1`, ...client],
    ["put", "mine", `${at}:`, ...client],
    ["sync", "--dry-run", ".", `${at}:d`, ...client],
    ["connect", at, "-c", "nothing; pwd; mkdir late", "--keep-going", "--json", ...client],
    ["connect", at, "-c", "cd /; pwd; mkdir late", ...client],
  ];
  for (const args of calls) {
    const { code, said } = await withoutReader("stdout", args, { env, cwd: temp.path });
    // What has nothing to do with the output may have been said before it.
    const other = said.replace(/^ftp: 401 Unknown command "nothing".*\n/, "");
    assertEquals([code, other], [141, ""], args.join(" "));
  }
  const names = [...Deno.readDirSync(server.home("alice"))].map(({ name }) => name);
  assertEquals(names.includes("late"), false, "nothing is done after the reader has left");
});

Deno.test("row 23: a program whose stderr nobody reads goes on without it", async () => {
  const { server, temp, env } = await serverWithFiles();
  await using _server = server;
  using _temp = temp;
  const client = server.clientArgs();
  const at = `alice@${server.address}`;
  const shell = ["connect", at, "--keep-going", ...client];
  const failing = await withoutReader("stderr", [...shell, "-c", "nothing; pwd"], { env, cwd: temp.path });
  assertEquals(failing, { code: 2, said: "/\n" });
  const program = await withoutReader("stderr", [...shell, "--json", "-c", "!echo hi\npwd"], { env, cwd: temp.path });
  assertEquals(program, { code: 0, said: '{"ok":true,"command":"pwd","path":"/"}\n' });
  assertEquals(await withoutReader("stderr", ["frobnicate"], { env, cwd: temp.path }), { code: 2, said: "" });
});

Deno.test(
  "row 23: output that cannot be written is one sentence and exit status 1",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    const { server, temp, env } = await serverWithFiles();
    await using _server = server;
    using _temp = temp;
    const ls = ["ls", `alice@${server.address}:`, ...server.clientArgs()];
    for (const args of [["--help"], ["users", "--json"], ls, [...ls, "--json"]]) {
      const { code, stderr } = await new Deno.Command("/bin/sh", {
        args: ["-c", 'exec "$0" "$@" >/dev/full', Deno.execPath(), ...ftpArguments(args)],
        env: { NO_COLOR: "1", ...env },
        stdin: "null",
        stderr: "piped",
      }).output();
      const said = new TextDecoder().decode(stderr);
      assertEquals([code, said], [1, "ftp: 500 Cannot write the output: the disk is full\n"], args.join(" "));
    }
  },
);
