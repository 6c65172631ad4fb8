import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseCall } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { SHELL_COMMANDS } from "../../client/commands/command_table.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";

/** Every path below a folder, sorted. */
function namesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => [
    prefix + name,
    ...isDirectory ? namesBelow(join(folder, name), `${prefix}${name}/`) : [],
  ]).sort();
}

Deno.test("row 3: every command of the shell refuses an empty argument in every place", { permissions: "none" }, () => {
  for (const { name, arity: [least, most], options = [] } of SHELL_COMMANDS) {
    for (let count = Math.max(1, least); count <= Math.min(most, 3); count++) {
      for (let empty = 0; empty < count; empty++) {
        const argv = Array.from({ length: count }, (_, at) => at === empty ? "" : "x");
        let refusal: unknown;
        try {
          parseCall({ arity: [least, most], options }, argv, name);
        } catch (error) {
          refusal = error;
        }
        assert(refusal instanceof UsageError, `${name} ${JSON.stringify(argv)}`);
        assertStringIncludes(refusal.message, "An argument is empty");
      }
    }
  }
});

Deno.test("row 3: subcommands refuse an empty argument before they connect or make anything", async () => {
  using temp = new TempDir();
  temp.file("x", "x");
  const nobody = "alice@127.0.0.1:1";
  const calls: [args: string[], sentence: string][] = [
    [["connect", ""], "An argument is empty"],
    [["get", ""], "An argument is empty"],
    [["get", `${nobody}:x`, ""], "An argument is empty"],
    [["put", "", `${nobody}:`], "An argument is empty"],
    [["put", "x", "", `${nobody}:`], "An argument is empty"],
    [["ls", ""], "An argument is empty"],
    [["sync", "", `${nobody}:x`], "An argument is empty"],
    [["sync", "--delete", `${nobody}:x`, ""], "An argument is empty"],
    [
      ["sync", "--delete", ".", `${nobody}:`],
      `"${nobody}:" names no path; the top of the home is written "${nobody}:/"`,
    ],
    [
      ["sync", "--delete", `${nobody}:`, "."],
      `"${nobody}:" names no path; the top of the home is written "${nobody}:/"`,
    ],
    [["adduser", ""], "An argument is empty"],
    [["passwd", ""], "An argument is empty"],
    [["deluser", "", "--purge"], "An argument is empty"],
    [["quota", "alice", ""], "An argument is empty"],
    [["help", ""], "An argument is empty"],
  ];
  const env = { FTP_PASSWORD: PASSWORD, FTP_ROOT: temp.join("root") };
  await Promise.all(calls.map(async ([args, sentence]) => {
    const ran = await runFtp(args, { env, cwd: temp.path });
    assertEquals([ran.code, ran.stdout], [2, ""], `${args.join(" ")}: ${ran.stderr}`);
    assertStringIncludes(ran.stderr, `ftp: 401 ${sentence}`);
  }));
  assertEquals(namesBelow(temp.path), ["x"]);
});

Deno.test("row 3: nothing goes by an empty name, the current folder or one above it", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const home = server.home("alice");
  Deno.mkdirSync(join(home, "a/b/c"), { recursive: true });
  for (const name of ["top", "a/one", "a/b/two", "a/b/c/three"]) Deno.writeTextFileSync(join(home, name), name);
  const before = namesBelow(home);
  const here = temp.file("kept", "kept");
  const lines = [
    'rm -r ""',
    "rm -r ''",
    'rm top "" a/one',
    'mv "" x',
    'mv top ""',
    'rmdir ""',
    'cd ""',
    'get ""',
    'get top ""',
    `put ""`,
    'sync --delete "" a',
    'sync --delete :a ""',
    'sync --delete . ":"',
    "sync --delete : .",
    'parts rm ""',
    "rm -r .",
    "rm -r ./",
    "rm -r ./.",
    "rm -r ..",
    "rm -r /",
    "rm -r //",
    "rm -r ../../..",
    "rm -r a/..",
    "rm -r a/b/../..",
    "rm -r a/../../x/..",
    "rm -r a*/..",
    "rm .",
  ];
  const below = [
    "rm -r /a",
    "rm -r ..",
    "rm -r ../b",
    "rm -r /*",
    "rm -r c/../.",
    "rm c/three ../../a",
    "mv . /x",
    "mv .. /x",
    "mv /a /x",
    "mv / /x",
    "rmdir .",
    "rmdir ..",
  ];
  const remains = (when: string) => {
    assertEquals(namesBelow(home), before, when);
    assertEquals(namesBelow(temp.path), ["kept"], when);
  };
  // The same rule, whichever way the lines come.
  const address = `alice@${server.address}`;
  const stdin = [...lines, "cd a/b", ...below].join("\n");
  const ran = await server.ftp(["connect", address, "--batch", "-", "--keep-going"], { stdin, cwd: temp.path });
  const failures = ran.stderr.split("\n").filter((line) => line.startsWith("ftp: 401 "));
  assertEquals([ran.code, failures.length], [2, lines.length + below.length], ran.stderr + ran.stdout);
  remains("after --batch -");
  const single = await server.shell("alice", 'rm top "" a/one', [], temp.path);
  assertEquals([single.code, single.stdout], [2, ""], single.stderr);
  remains("after -c");
  const { stderr } = await server.shell("alice", "cd a/b\nrm -r ..");
  assertStringIncludes(
    stderr,
    'ftp: 401 Nothing was removed: "/a" is above the current folder "/a/b"; name what is in it',
  );
  // What an empty path means where nothing goes by it stays.
  assertEquals((await server.ftp(["put", here, `${address}:`])).code, 0);
  assertEquals((await server.ftp(["ls", `${address}:`])).stdout, "a/\nkept\ntop\n");
  // What was named goes.
  assertEquals((await server.shell("alice", "cd a/b\nrm -r c ../one")).code, 0);
  assertEquals(namesBelow(home), ["a", "a/b", "a/b/two", "kept", "top"]);
});
