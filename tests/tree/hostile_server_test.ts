import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { someBytes, TempDir } from "../harness.ts";
import { getFrom } from "./hostile_get.ts";
import { HostileServer } from "./hostile_server.ts";
import { failuresOf, listed, makeTree, namesOf, SMALL_BYTES } from "./kit.ts";

const AGAIN_MS = 50;

const UNSAFE_NAMES = [
  "../x",
  "..",
  ".",
  "",
  "/etc/x",
  "/x",
  "a/../../b",
  "a/./b",
  "a//b",
  "a/",
  "tab\tname",
  "esc\u001b[31m",
  "turn\u202eround",
  "nul\u0000",
  "n".repeat(256),
];

for (const name of UNSAFE_NAMES) {
  Deno.test(`get -r writes nothing and fails when the server lists ${JSON.stringify(name).slice(0, 20)}`, async () => {
    await using at = await getFrom({ tree: [listed("good", "file", 4), listed(name, "file", 4)] });
    at.check();
    assertEquals(at.ran.code, 1, at.ran.stderr);
    const codes = failuresOf(at.ran).map((line) => line.slice(0, 3));
    assert(codes.length === 1 && ["401", "411"].includes(codes[0]!), at.ran.stderr);
    assertEquals(at.names.filter((found) => found.startsWith("t/")), ["t/"]);
  });
}

for (const args of [[], ["--force"], ["--checksum"], ["--force", "--exclude", "/d"], ["--exclude", "d/"]]) {
  Deno.test(`get -r ${args.join(" ")} writes through no local link when the server's folder has its name`, async () => {
    const tree = [listed("d", "folder"), listed("d/x", "file", 4), listed("d/e", "folder"), listed("d/e/y", "file", 4)];
    const prepare = (temp: TempDir) => Deno.symlinkSync(temp.join("outside"), temp.join("t", "d"));
    await using at = await getFrom({ tree }, { prepare, args });
    at.check();
    assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/", "t/d@"]);
  });
}

for (
  const [how, tree] of Object.entries({
    "leaves it out": [listed("d/x", "file", 4), listed("d/big", "file", SMALL_BYTES + 1)],
    "first calls it a folder, then a link": [
      listed("d", "folder"),
      listed("d", "link"),
      listed("d/x", "file", 4),
      listed("d/big", "file", SMALL_BYTES + 1),
    ],
    "first calls it a folder, then a file": [
      listed("d", "folder"),
      listed("d", "file", 4),
      listed("d/x", "file", 4),
      listed("d/big", "file", SMALL_BYTES + 1),
    ],
    "lists it last": [listed("d/x", "file", 4), listed("d/big", "file", SMALL_BYTES + 1), listed("d", "folder")],
    "calls it a link": [listed("d", "link"), listed("d/x", "file", 4), listed("d/big", "file", SMALL_BYTES + 1)],
    "calls it a file": [listed("d", "file", 4), listed("d/x", "file", 4), listed("d/big", "file", SMALL_BYTES + 1)],
  })
) {
  Deno.test(`get -r writes through no local link when the server ${how} in its listing`, async () => {
    const prepare = (temp: TempDir) => Deno.symlinkSync(temp.join("outside"), temp.join("t", "d"));
    const get = someBytes(SMALL_BYTES + 1);
    await using at = await getFrom({ tree, get }, { prepare });
    at.check();
    assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/", "t/d@"]);
  });
}

Deno.test("get -r --force replaces no local link and does not follow it when the server has a file of its name", async () => {
  const prepare = (temp: TempDir) => Deno.symlinkSync(temp.join("outside", "secret"), temp.join("t", "x"));
  await using at = await getFrom({ tree: [listed("x", "file", 4)] }, { prepare, args: ["--force"] });
  at.check();
  assertStringIncludes(at.ran.stderr, "ftp: 407 x: ");
});

Deno.test("get -r keeps to one kind when an entry is listed as a link, a folder and a file", async () => {
  const tree = [listed("x", "link"), listed("x", "folder"), listed("x/y", "file", 4), listed("x", "file", 4)];
  await using at = await getFrom({ tree });
  at.check();
  assert(!at.names.includes("t/x/y"), at.names.join());
});

Deno.test("get -r refuses a listing when it is malformed or a line of it has no end", async () => {
  const trees: [Iterable<unknown>, string][] = [
    [["not json\n"], "401"],
    [["[]\n"], "401"],
    [['{"name":"a"}\n'], "401"],
    [[listed("a", "file", -1)], "401"],
    [['{"name":"a","entry":"file"'], "401"],
    [Array(3).fill("x".repeat(60_000)), "413"],
  ];
  for (const [tree, code] of trees) {
    await using at = await getFrom({ tree });
    assertEquals([at.ran.code, at.ran.stderr.includes(`ftp: ${code} `)], [1, true], at.ran.stderr);
    assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/"]);
  }
});

Deno.test("get -r ends with 130 and has written nothing when it is interrupted in an endless listing", async () => {
  const { promise: isListing, resolve } = Promise.withResolvers<void>();
  function* endless() {
    for (let at = 0;; at++) {
      if (at === 2_000) resolve();
      yield listed(`file ${at}`, "file", 4);
    }
  }
  await using server = await HostileServer.start({ tree: endless() });
  using temp = new TempDir();
  const child = server.spawn(["get", "-r", "REMOTE:t", temp.join("new")]);
  await isListing;
  // Two signals that come at once are one: they are sent until the program has left.
  const again = setInterval(() => {
    try {
      child.kill("SIGINT");
    } catch {
      // It has left.
    }
  }, AGAIN_MS);
  const { code } = await child.output();
  clearInterval(again);
  assertEquals(code, 130);
  assertEquals(namesOf(temp.path), []);
});

Deno.test("sync --delete removes nothing outside when the server's listing is a lie", async () => {
  await using server = await HostileServer.start({ tree: [listed("../outside", "folder"), listed("x", "file", 4)] });
  using temp = new TempDir();
  const target = makeTree(temp.join("t"), { "kept": "kept" });
  makeTree(temp.path, { "outside/secret": "kept" });
  const ran = await server.run(["sync", "--delete", "REMOTE:t", target]);
  assert(ran.code === 1 && /^ftp: 4(?:01|11) /m.test(ran.stderr), ran.stderr);
  assertEquals(namesOf(temp.path), ["outside/", "outside/secret", "t/", "t/kept"]);
  assertEquals(Deno.readTextFileSync(join(target, "kept")), "kept");
});
