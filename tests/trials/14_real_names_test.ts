import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertRan, assertSameTree, assertSettled, makeTree, namesOf } from "../tree/kit.ts";

/** Names as people write them. Each is shown as it is. */
const SHOWN = [
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} family.jpg",
  "\u2764\ufe0f\u200d\u{1f525}",
  "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt", // Persian with ZWNJ
  "\u0915\u094d\u200d\u0937 \u0939\u093f\u0928\u094d\u0926\u0940", // Hindi with ZWJ
  "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", // the flag of England, spelled in tags
  "ideographic\u3000space",
];

/** Names with something that nobody sees, and how they are shown. */
const ESCAPED: [string, string][] = [
  ["\ufeffmark at the start", String.raw`\u{feff}mark at the start`],
  ["Donau\u00addampf", String.raw`Donau\u{ad}dampf`],
  ["zero\u200bwidth", String.raw`zero\u{200b}width`],
  ["\u200fright\u200e", String.raw`\u{200f}right\u{200e}`],
  ["no\u200djoin", String.raw`no\u{200d}join`],
];

const NAMES = [...SHOWN, ...ESCAPED.map(([name]) => name)];

Deno.test("row 14: real names with joiners, marks and tags go up and down and away byte for byte", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const alice = `alice@${server.address}`;
  for (const name of NAMES) temp.file(name, `content of ${name}`);
  Deno.mkdirSync(temp.join("back"));
  const on = (what: string) => NAMES.map((name) => `${what} '${name}'`).join("; ");

  const up = await server.shell("alice", `${on("put")}; ls`, [], temp.path);
  assertRan(up, 0);
  assertEquals(namesOf(server.home("alice")), NAMES.toSorted());
  for (const name of SHOWN) assertStringIncludes(up.stdout, `\n${name}\n`);
  for (const [, shown] of ESCAPED) assertStringIncludes(up.stdout, `\n${shown}\n`);

  assertRan(await server.shell("alice", on("get"), [], temp.join("back")), 0);
  for (const name of NAMES) assertEquals(Deno.readTextFileSync(temp.join("back", name)), `content of ${name}`);
  const moved = await server.shell("alice", NAMES.map((name) => `mv '${name}' '${name}2'`).join("; "));
  assertRan(moved, 0);
  assertEquals(namesOf(server.home("alice")), NAMES.map((name) => `${name}2`).sort());
  assertRan(await server.shell("alice", `rm ${NAMES.map((name) => `'${name}2'`).join(" ")}`), 0);
  assertEquals(namesOf(server.home("alice")), []);

  // Many to a frame, where a name is a line of the request and a part of a record's path.
  const tree = Object.fromEntries(NAMES.flatMap((name) => [[name, name], [`in ${name}/${name}`, name]]));
  const source = makeTree(temp.join("tree"), tree);
  assertRan(await server.ftp(["put", "-r", source, `${alice}:`]), 0);
  assertRan(await server.ftp(["get", "-r", `${alice}:tree`, temp.join("copy")]), 0);
  assertSameTree(temp.join("copy"), source);
  const again = await server.ftp(["sync", "--delete", "--json", source, `${alice}:tree`]);
  assertRan(again, 0, { files: 0, unchanged: NAMES.length * 2, removed: 0 });
  assertRan(await server.shell("alice", "rm -r tree"), 0);
  assertSettled(server);

  const { log } = await server.stop();
  assertEquals(/[\u00ad\u200b\u200e\u200f\ufeff]/.test(log), false, "what nobody sees is escaped in the log");
  assertStringIncludes(log, SHOWN[0]!);
});

Deno.test("row 14: what breaks a line or reorders it is refused on both sides", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const bad = ["line\nfeed", "esc\x1b[2J", "para\u2029graph", "over\u202eride", "isolate\u2066d"];
  makeTree(temp.join("tree"), { good: "1", ...Object.fromEntries(bad.map((name) => [name, "2"])) });
  const ran = await server.ftp(["put", "-r", temp.join("tree"), `alice@${server.address}:`]);
  assertRan(ran, 1);
  assertEquals(ran.stderr.match(/^ftp: 411 .* holds a control character, a line separator or a/gm)?.length, bad.length);
  assertEquals(namesOf(join(server.home("alice"), "tree")), ["good"]);
  // On the server's disk they are counted, and the rest is there.
  Deno.writeTextFileSync(join(server.home("alice"), "over\u202eride"), "");
  const listed = await server.shell("alice", "ls");
  assertEquals([listed.stdout, /^ftp: 1 name/m.test(listed.stderr)], ["tree/\n", true]);
});
