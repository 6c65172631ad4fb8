import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertRan, makeTree, namesOf } from "./kit.ts";

const MTIME = Date.UTC(2023, 10, 14, 22, 13, 20);

Deno.test("ls shows every name once and in order when there are 10,000", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const names = Array.from({ length: 10_000 }, (_, at) => `file ${String(at).padStart(5, "0")}`);
  for (const name of names) Deno.writeFileSync(join(server.home("alice"), name), new Uint8Array(0));
  const plain = await server.ftp(["ls", `alice@${server.address}:`]);
  assertEquals([plain.code, plain.stdout, plain.stderr], [0, `${names.join("\n")}\n`, ""]);
  const json = await server.ftp(["ls", "-R", "--json", `alice@${server.address}:`]);
  assertEquals(json.stdout.trim().split("\n").map((line) => JSON.parse(line).name), names);
});

Deno.test("ls -R names paths below, folders first, and -a those with a dot", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const home = makeTree(server.home("alice"), {
    "b": "1",
    "a/x/deep": "1",
    "a/.hidden/y": "1",
    ".dot": "1",
    "c": null,
  });
  Deno.symlinkSync("b", join(home, "link"));
  const ran = await server.shell("alice", "ls -R; ls -R -a a; ls -R b");
  const seen = ["a/", "b", "c/", "link@", "a/x/", "a/x/deep"];
  const all = [".hidden/", "x/", ".hidden/y", "x/deep"];
  assertEquals([ran.code, ran.stdout], [0, `${[...seen, ...all, "b"].join("\n")}\n`], ran.stderr);
});

Deno.test("ls -R -l and --json show mode, size and time of what is below", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const home = makeTree(server.home("alice"), { "d/tool": { content: "12345", mtime: MTIME, exec: true } });
  Deno.chmodSync(join(home, "d"), 0o700);
  const long = await server.ftp(["ls", "-R", "-l", `alice@${server.address}:`]);
  assertStringIncludes(long.stdout, "-rwxr-xr-x              5 2023-11-14 22:13:20 d/tool\n");
  const json = await server.ftp(["ls", "-R", "--json", `alice@${server.address}:`]);
  const [folder, file] = json.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals([folder.name, folder.type, folder.size, folder.mode], ["d", "folder", 0, 0o700]);
  assertEquals(file, { name: "d/tool", type: "file", size: 5, mtime: MTIME, mode: 0o755 });
});

/** Makes a file whose name is Latin-1, which Deno cannot say. */
async function makeLatin1(folder: string): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", "printf odd > \"$(printf 'caf\\351')\""],
    cwd: folder,
  }).output();
  assertEquals(success, true);
}

Deno.test("ls, ls -R and get -r go on and say so when a name is not UTF-8", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const home = makeTree(server.home("alice"), { "a": "1", "z": "2" });
  await makeLatin1(home);
  for (const options of [[], ["-R"]]) {
    const ran = await server.ftp(["ls", ...options, `alice@${server.address}:`]);
    assertEquals([ran.code, ran.stdout], [0, "a\nz\n"], ran.stderr);
    assertStringIncludes(ran.stderr, "ftp: 1 name cannot be said and is not shown\n");
  }
  const get = await server.ftp(["get", "-r", `alice@${server.address}:/`, temp.join("back"), "--json"]);
  assertRan(get, 0, { files: 2, skipped: 1 });
  assertEquals(namesOf(temp.join("back")), ["a", "z"]);
});

Deno.test("put -r names a local file whose name is not UTF-8, exits 1 and sends the rest", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1", "z": "2" });
  await makeLatin1(source);
  const ran = await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]);
  assertRan(ran, 1, { files: 2, failed: 1 });
  assertStringIncludes(ran.stderr, "caf\ufffd");
  assertEquals(namesOf(join(server.home("alice"), "tree")), ["a", "z"]);
});
