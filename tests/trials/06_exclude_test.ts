import { assertEquals, assertStringIncludes } from "@std/assert";
import { PASSWORD, TempDir } from "../harness.ts";
import { runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";
import { makeTree, namesOf } from "../tree/kit.ts";

const TREE = {
  "top.log": "1",
  "src/b.log": "1",
  "src/sub/c.log": "1",
  "secret/k": "1",
  "app/secret/k": "1",
};

/** What `sync --dry-run` would move; both directions have to agree. */
function moved(stdout: string): string {
  return [...stdout.matchAll(/^(?:send|receive) (.*)$/gm)].map(([, name]) => name!).sort().join(" ");
}

Deno.test("row 6: sync leaves out in both directions what git would ignore", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const here = makeTree(temp.join("s"), TREE);
  makeTree(`${server.home("alice")}/s`, TREE);
  const rows: readonly (readonly [pattern: string, goes: string])[] = [
    ["/*.log", "app/secret/k secret/k src/b.log src/sub/c.log"],
    ["src/*.log", "app/secret/k secret/k src/sub/c.log top.log"],
    ["secret/", "src/b.log src/sub/c.log top.log"],
  ];
  // All in one session: the folder that is synced to is another one each time, and nothing is moved.
  const up = rows.map(([pattern], at) => `sync -n --exclude '${pattern}' ${here} up${at}`);
  const down = rows.map(([pattern], at) => `sync -n --exclude '${pattern}' :s ${temp.join(`down${at}`)}`);
  const { code, stdout, stderr } = await server.shell("alice", [...up, ...down].join("\n"));
  assertEquals([code, stderr], [0, ""]);
  const said = stdout.split(/^Would .*$/m).slice(0, -1).map(moved);
  assertEquals(said, [...rows, ...rows].map(([, goes]) => goes));
  assertEquals(namesOf(temp.path).filter((name) => !name.startsWith("s/")), []);
});

Deno.test("row 6: --delete leaves alone what a pattern leaves out, and only that", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const here = makeTree(temp.join("s"), { "a": "1", "cache": "a file here" });
  makeTree(`${server.home("alice")}/s`, {
    "app/cache/x": "kept: below an excluded folder",
    "app/cache.txt": "goes",
    "src/x.log": "kept",
    "src/sub/x.log": "goes",
  });
  const ran = await server.ftp([
    "sync",
    "--delete",
    "--exclude",
    "cache/",
    "--exclude",
    "src/*.log",
    here,
    `alice@${server.address}:s`,
  ]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(namesOf(`${server.home("alice")}/s`), [
    "a",
    "app/",
    "app/cache/",
    "app/cache/x",
    "cache",
    "src/",
    "src/x.log",
  ]);
});

Deno.test("row 6: a pattern that cannot be understood is refused before anything is connected", async () => {
  using temp = new TempDir();
  const calls: readonly (readonly [args: string[], reason: string])[] = [
    [["sync", "--exclude", "./secret", "s", "a@127.0.0.1:1:s"], 'write "/secret" for the top'],
    [["sync", "--exclude", "*.log", "--exclude", "[", "a@127.0.0.1:1:s", "s"], "a [ is not closed"],
    [["put", "-r", "--exclude", "!keep", "s", "a@127.0.0.1:1:s"], "nothing that is left out is taken in again"],
    [["get", "-r", "--exclude=/", "a@127.0.0.1:1:s", "s"], "it names nothing"],
  ];
  await Promise.all(calls.map(async ([args, reason]) => {
    const { code, stderr } = await runFtp(args, { env: { FTP_PASSWORD: PASSWORD }, cwd: temp.path });
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "ftp: 401 --exclude ");
    assertStringIncludes(stderr, reason);
  }));
});
