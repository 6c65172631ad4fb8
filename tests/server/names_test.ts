import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

Deno.test("ls() lists all 10,000 entries of a folder, each once", async () => {
  await using server = await TestServer.start();
  await server.addUsers("none", "alice");
  const names = Array.from({ length: 10_000 }, (_, i) => `file ${String(i).padStart(5, "0")}`);
  for (const name of names) Deno.writeTextFileSync(join(server.home("alice"), name), "");
  const ran = await server.shell("alice", "ls");
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout.split("\n").slice(0, -1), names);
});

/** A name as it is quoted in the shell: between single quotes, each quote itself after a backslash. */
function quoted(name: string): string {
  return `'${name.replaceAll("'", `'\\''`)}'`;
}

Deno.test("put, ls, mv, get and rm work end to end when names are unusual", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const names = [
    "with space",
    " lead",
    "it's",
    'say "hi"',
    "中文文件",
    "🎉 party 🎉",
    "-dash",
    "--force",
    "a;b",
    "a*b",
    "[x]",
    "#hash",
    "!bang",
    "$HOME",
    "~",
    "back\\slash",
  ];
  names.push("l".repeat(255), "文".repeat(85));
  Deno.mkdirSync(temp.join("back"));
  for (const name of names) temp.file(name, `content of ${name}`);
  const puts = names.map((name) => `put -- ${quoted(name)}`).join("; ");
  const up = await server.shell("alice", puts, [], temp.path);
  assertEquals(up.code, 0, up.stderr);
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name).sort(), [...names].sort());
  const listed = await server.shell("alice", "ls");
  for (const name of names) assertStringIncludes(listed.stdout, `${name}\n`);
  const moves = names.slice(0, -2).map((name) => `mv -- ${quoted(name)} ${quoted(`${name}2`)}`);
  moves.push(...names.slice(0, -2).map((name) => `mv -- ${quoted(`${name}2`)} ${quoted(name)}`));
  const moved = await server.shell("alice", moves.join("; "));
  assertEquals(moved.code, 0, moved.stderr);
  const gets = names.map((name) => `get -- ${quoted(name)}`).join("; ");
  const down = await server.shell("alice", gets, [], temp.join("back"));
  assertEquals(down.code, 0, down.stderr);
  for (const name of names) assertEquals(Deno.readTextFileSync(temp.join("back", name)), `content of ${name}`);
  const removed = await server.shell("alice", `rm -- ${names.map(quoted).join(" ")}`);
  assertEquals(removed.code, 0, removed.stderr);
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
  assertEquals(server.used("alice"), 0);
});
