import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir, TestServer } from "../harness.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  commandsOf,
  makeTree,
  manyFiles,
  namesOf,
  SMALL_BYTES,
} from "./kit.ts";

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

/** Few folders: the connections meet in them. */
const PARALLEL_TREE = {
  ...manyFiles(1_500, { folders: 1, bytes: 300 }),
  ...Object.fromEntries(["w", "x", "y", "z"].map((name, at) => [name, new Uint8Array(SMALL_BYTES + 1).fill(at)])),
};

Deno.test("put -r -P 4 moves everything once and right", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), PARALLEL_TREE);
  const put = await server.ftp(["put", "-r", "-P", "4", source, `alice@${server.address}:`, "--json"]);
  assertRan(put, 0, { files: 1_504, failed: 0 });
  assertEquals(put.stderr, "");
  assertSameTree(join(server.home("alice"), "tree"), source);
  assertSettled(server);
  const commands = await commandsOf(server);
  const sum = (name: string) =>
    commands.filter(({ command }) => command === name).reduce((files, command) => files + (command.files ?? 0), 0);
  assertEquals([sum("store"), commands.filter(({ command }) => command === "put").length], [1_500, 4]);
  const sessions = new Set(commands.map(({ session }) => session));
  assertEquals(sessions.size, 4);
});

Deno.test("get -r -P 4 moves everything once and right", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const home = makeTree(server.home("alice"), PARALLEL_TREE);
  const target = temp.join("back");
  const get = await server.ftp(["get", "-r", "-P", "4", `alice@${server.address}:/`, target, "--json"]);
  assertSameTree(target, home, get.stderr);
  assertRan(get, 0, { files: 1_504, failed: 0 });
  const commands = await commandsOf(server);
  const fetched = commands.filter(({ command }) => command === "fetch");
  assertEquals([fetched.reduce((files, command) => files + command.files!, 0), fetched.length], [1_500, 4]);
});

Deno.test("put -r -P tells that it has fewer connections and still moves all when the server allows fewer", async () => {
  await using server = await TestServer.start(["--max-sessions-per-user", "2"]);
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), manyFiles(50));
  const ran = await server.ftp(["put", "-r", "-P", "4", source, `alice@${server.address}:`, "--json"]);
  assertRan(ran, 0, { files: 50, failed: 0 });
  assertSameTree(join(server.home("alice"), "tree"), source);
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
    assertStringIncludes(ran.stderr, "1 names are not shown");
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
