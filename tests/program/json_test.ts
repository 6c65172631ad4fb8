import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** What is on stdout, which must be one JSON object a line. */
function recordsOf({ stdout }: Ran): Record<string, unknown>[] {
  assert(stdout === "" || stdout.endsWith("\n"), stdout);
  return stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

Deno.test("ftp says only JSON on stdout when the version or help is asked for with --json", async () => {
  const version = recordsOf(await runFtp(["--version", "--json"]));
  assertEquals(version.map(({ ok }) => ok), [true]);
  for (const args of [["help", "put", "--json"], ["put", "--help", "--json"]]) {
    const [put, ...more] = recordsOf(await runFtp(args));
    assertEquals([put!.command, more], ["put", []]);
    assert((put!.options as { name: string }[]).some(({ name }) => name === "no-clobber"));
  }
  const all = recordsOf(await runFtp(["--help", "--json"]));
  assertEquals(all.map(({ command }) => command).slice(0, 3), ["serve", "connect", "get"]);
});

Deno.test("ftp help explains itself, and gives the list when no command is named", async () => {
  const help = await runFtp(["help", "help"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "usage: ftp help [COMMAND]");
  const [list, alone] = [await runFtp(["--help"]), await runFtp([])];
  assertEquals([list.code, alone.code], [0, 2]);
  assertEquals(list.stdout, alone.stdout);
});

Deno.test("shell says only JSON on stdout when a program runs, help is asked for or something fails", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  temp.file("x", "x");
  const lines = ["!echo hi", "help get", "put x", "ls", "ls -l", "lls", "parts", "lpwd", "nothing"].join("\n");
  const args = ["connect", `alice@${server.address}`, "-c", lines, "--json"];
  // The other program has the streams of the process.
  const ran = await server.ftp(args, { cwd: temp.path, process: true });
  assertEquals(recordsOf(ran).at(-1)!.ok, false);
  assertStringIncludes(ran.stderr, "hi\n");
  const [help] = recordsOf(ran);
  assertEquals([help!.ok, help!.command], [true, "get"]);
  assert((help!.options as { name: string }[]).some(({ name }) => name === "force"));
});

Deno.test("shell help shows a line for each option of a command", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const { stdout } = await server.shell("alice", "help mkdir");
  assertEquals(
    stdout,
    "mkdir [-p] PATH                     makes a remote folder; -p: with those above it\n" +
      "  -p, --parents: make those above it, too; no complaint when it exists\n",
  );
});
