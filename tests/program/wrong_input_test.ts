import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** One failure in one clear line, and nothing else on stderr. */
function assertFails(ran: Ran, { code, exit, says = [] }: { code: string; exit: number; says?: string[] }): void {
  assert(new RegExp(`^ftp: ${code} [-A-Z"][^\n]*[^.\n]\n$`).test(ran.stderr), ran.stderr);
  assertEquals(ran.code, exit, ran.stderr);
  for (const part of says) assertStringIncludes(ran.stderr, part);
}

Deno.test("ftp answers 401 with the usage and exits 2 when it is called wrongly", async () => {
  const rows: [args: string[], says: string[]][] = [
    [["frobnicate"], ['"frobnicate"', "--help"]],
    [["connect"], ["usage: ftp connect"]],
    [["connect", "a@b", "c"], ["usage: ftp connect"]],
    [["connect", "a@b", "--frobnicate"], ['"--frobnicate"', "usage: ftp connect"]],
    [["connect", "a@b@c"], ["[USER@]HOST[:PORT]"]],
    [["connect", "a@b:99999"], ["99999"]],
    [["connect", "a@b", "--port", "0x1"], ["--port", "0x1"]],
    [["connect", "a@b", "-c", "ls", "--batch", "x"], ["-c", "--batch"]],
    [["connect", "a@b", "-c", ""], ["--command", "empty", "usage: ftp connect"]],
    [["connect", "a@b", "--retries", "-1", "-c", "pwd"], ["--retries", '"-1"']],
    [["connect", "a@b", "--limit", "1M", "--limit", "2M"], ["--limit", "once", "usage: ftp connect"]],
    [["connect", "a@b", "--limit", "none"], ['"none"', "10M"]],
    [["get"], ["usage: ftp get"]],
    [["get", "a@b:x", "-P", "17"], ["--parallel needs --recursive", "usage: ftp get"]],
    [["put", "x", "a@b:", "--exclude", "x"], ["--exclude needs --recursive", "usage: ftp put"]],
    [["put", "-r", "x", "a@b:", "--exclude", ""], ["--exclude", "empty", "usage: ftp put"]],
    [["get", "no-server"], ['"no-server"']],
    [["put", "only-one"], ["usage: ftp put"]],
    [["ls"], ["usage: ftp ls"]],
    [["adduser"], ["usage: ftp adduser"]],
    [["adduser", "../x"], ['"../x"']],
    [["adduser", "x", "--quota", "lots"], ['"lots"', "10M"]],
    [["adduser", "x", "--quota", "-5"], ['Not a size: "-5"']],
    [["serve", "extra"], ["usage: ftp serve"]],
    [["serve", "--max-sessions", "-1"], ["--max-sessions", '"-1"']],
    [["help", "put", "extra"], ['"extra"', "usage: ftp help [COMMAND]"]],
    [["help", "frobnicate"], ['"frobnicate"']],
    [["--version", "extra"], ['"extra"']],
    [["serve", "--port=-1"], ["--port", "-1"]],
    [["serve", "--port", "65536"], ["65535", "65536"]],
    [["serve", "--cert", "x"], ["--cert", "--key"]],
    [["serve", "--max-startups", "1"], ["10:30:100"]],
    [["serve", "--config", "/not/there"], ["/not/there"]],
  ];
  using temp = new TempDir();
  const env = { FTP_PASSWORD: "x", FTP_ROOT: temp.join("root") };
  await Promise.all(rows.map(async ([args, says]) => {
    assertFails(await runFtp(args, { env }), { code: "401", exit: 2, says });
  }));
  assertEquals([...Deno.readDirSync(temp.path)], []);
});

Deno.test("shell answers 401 with the usage and exits 2 when a command is called wrongly", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const rows: [commands: string, says: string[]][] = [
    ["frobnicate", ['"frobnicate"', "help"]],
    ["mkdir", ["usage: mkdir"]],
    ["cd a b", ["usage: cd"]],
    ["mv a", ["usage: mv"]],
    ["ls --frobnicate", ["--frobnicate", "usage: ls"]],
    ['ls "a', ["quote"]],
    ["parts rm", ["An ID is missing", "usage: parts [rm ID…]"]],
    ["parts frobnicate", ['"frobnicate"', "usage: parts"]],
    ["get -r x --exclude ''", ["--exclude", "usage: get"]],
  ];
  for (const [commands, says] of rows) {
    assertFails(await server.shell("alice", `${commands}\nmkdir after`), { code: "401", exit: 2, says });
  }
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
});

Deno.test("shell says what is wrong and exits 1 when a name is not what the command needs", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  Deno.mkdirSync(`${server.home("alice")}/d`);
  Deno.writeTextFileSync(`${server.home("alice")}/f`, "f");
  temp.file("local", "local");
  const rows: [commands: string, code: string, says: string[]][] = [
    ["get none", "402", ["none"]],
    ["get d", "407", ["/d"]],
    ["cd none", "402", ["none"]],
    ["cd f", "407", ["/f"]],
    ["cd f/x", "407", []],
    ["mkdir d", "403", ["/d"]],
    ["mkdir f", "403", ["/f"]],
    ["mkdir none/d", "402", ["none"]],
    ["rmdir f", "407", ["/f"]],
    ["rmdir none", "402", ["none"]],
    ["rm d", "407", ["/d"]],
    ["rm none", "402", ["none"]],
    ["mv none x", "402", ["none"]],
    ["hash d", "407", ["/d"]],
    ["stat none", "402", ["none"]],
    ["put none", "402", ["none"]],
    ["put local none/x", "402", ["none"]],
    ["put --no-clobber local f", "403", ["/f"]],
    ["get *.none", "402", ["*.none"]],
    ["lcd none", "402", ["none"]],
    ["lcd local", "407", ["local"]],
  ];
  for (const [commands, code, says] of rows) {
    const ran = await server.shell("alice", commands, [], temp.path);
    assertFails(ran, { code, exit: 1, says });
  }
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name).sort(), ["d", "f"]);
  assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name), ["local"]);
});

Deno.test(
  "put answers 411 when the name of a local file is not UTF-8",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    await using server = await TestServer.start(["--no-tls"]);
    using temp = new TempDir();
    await server.addUsers("1M", "alice");
    await new Deno.Command("sh", { args: ["-c", "printf odd > \"$(printf 'caf\\351')\""], cwd: temp.path }).output();
    for (const commands of ["put caf*", "put caf\uFFFD"]) {
      const { stderr, code } = await server.shell("alice", commands, [], temp.path);
      assertEquals([code, stderr.split("\n")[1]], [
        1,
        'ftp: 411 Local name "caf\uFFFD" is not allowed: it is not UTF-8',
      ]);
    }
    // Without such a character there is simply no such file.
    assertStringIncludes((await server.shell("alice", "put caf", [], temp.path)).stderr, "ftp: 402 ");
  },
);

Deno.test("rmdir answers 403 and removes nothing when the folder is not empty", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  Deno.mkdirSync(`${server.home("alice")}/d/e`, { recursive: true });
  assertFails(await server.shell("alice", "rmdir d"), { code: "403", exit: 1, says: ["empty"] });
  assert(Deno.statSync(`${server.home("alice")}/d/e`).isDirectory);
});

Deno.test("put answers 404 with the numbers, exits 5 and changes nothing when the quota is too small", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const old = temp.file("big.iso", "the old version");
  assertEquals((await server.shell("alice", `put ${old}`)).code, 0);
  temp.file("big.iso", new Uint8Array(12 * 1024 ** 2));
  const ran = await server.shell("alice", `put ${old}`);
  assertFails(ran, { code: "404", exit: 5, says: ['"big.iso"', "12.0 MiB needed", "10.0 MiB"] });
  assertEquals(Deno.readTextFileSync(`${server.home("alice")}/big.iso`), "the old version");
  assertEquals(server.used("alice"), 15);
});

Deno.test("ftp exits 2 and never repeats it when a password is on the command line", async () => {
  for (
    const args of [["connect", "alice:hunter2@h"], ["ls", "alice:hunter2@h:/"], ["get", "alice:hunter2@h:/a"], [
      "put",
      "a",
      "alice:hunter2@h:",
    ]]
  ) {
    const ran = await runFtp(args, { env: { FTP_PASSWORD: "x" } });
    assertFails(ran, { code: "401", exit: 2, says: ["assword"] });
    assertEquals(ran.stderr.includes("hunter2") || ran.stdout.includes("hunter2"), false, ran.stderr);
  }
});

Deno.test("connect exits 3 and names the address when no server is there", async () => {
  using temp = new TempDir();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(free.addr as Deno.NetAddr).port}`;
  free.close();
  const hosts = ["--known-hosts", temp.join("known_hosts")];
  for (const options of [[], ["--no-tls", "--json"]]) {
    const args = ["connect", `alice@${address}`, "-c", "ls", ...options, ...hosts];
    const ran = await runFtp(args, { env: { FTP_PASSWORD: "x" } });
    const stderr = ran.stderr.replace(/^ftp: warning: .*\n/, "");
    assertFails({ ...ran, stderr }, { code: "503", exit: 3, says: [address] });
  }
  assertEquals([...Deno.readDirSync(temp.path)], []);
});
