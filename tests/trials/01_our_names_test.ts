import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { RecordFolder } from "../../client/transfer/record_folder.ts";
import { ftpCommand, type Ran } from "../run_ftp.ts";
import { partOf, PASSWORD, someBytes, TempDir, testState } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { MIB, namesIn, until } from "../resume/kit.ts";
import { assertRan, assertSameTree, makeTree, namesOf, totalsOf, treeOf } from "../tree/kit.ts";

const LARGE = 1_200_000;
const ID = "0123456789abcdef0123456789abcdef";

/** Names that an older version of this program had for itself, or this one might, and all of them a user's. */
const NAMES = {
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      [`pair ${at}`, someBytes(LARGE + at, at + 1)],
      [`pair ${at}.part`, someBytes(LARGE - 7 * at, at + 101)],
    ]).flat(),
  ),
  "movie": someBytes(3 * LARGE, 50),
  "movie.part": someBytes(2 * LARGE, 51),
  "movie.part.json": "{}",
  "b": someBytes(LARGE, 52),
  "b.part": "small",
  ".ftp-part-1-0": "a user's",
  [`.ftp-${ID}`]: someBytes(LARGE, 53),
  [`.ftp-${ID}-0`]: "a user's, too",
  "d/.ftp-part-2-1": someBytes(LARGE, 54),
};

/** A server, places, and ways to run the program. */
async function world() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await TestServer.start(["--no-tls", "--disk-reserve", "0"]));
  const temp = stack.use(new TempDir());
  await server.addUsers("none", "alice", "bob", "carol", "dave", "eve");
  const remote = (user: string) => `${user}@${server.address}:`;
  const start = (args: string[], env: Record<string, string> = {}) =>
    ftpCommand([...args, ...server.clientArgs()], {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { FTP_PASSWORD: PASSWORD, ...env },
    }).spawn();
  return { server, temp, remote, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function ended(child: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The temporary files in a folder that hold something. */
function filling(folder: string, pattern: RegExp): string[] {
  return namesIn(folder).filter((name) => pattern.test(name) && sizeOf(join(folder, name)) > 0);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

const OURS = /^\.ftp-[0-9a-f]{32}$/;
const OURS_SMALL = /^\.ftp-[0-9a-f]{32}-\d+$/;

Deno.test("row 1: what we call our temporary files meets no name of a user", async (t) => {
  await using at = await world();
  const { server, temp, remote } = at;

  await t.step(
    "row 1: put -r sends and get -r fetches files whatever they are called, with and without -P",
    async () => {
      const source = makeTree(temp.join("names"), NAMES);
      assertRan(await server.ftp(["put", "-r", source, remote("alice"), "--json"]), 0, { failed: 0 });
      assertSameTree(join(server.home("alice"), "names"), source);
      for (const [name, more] of [["four", ["-P", "4"]], ["one", ["-P", "1"]], ["any", []]] as const) {
        const target = temp.join(name);
        assertRan(await server.ftp(["get", "-r", ...more, `${remote("alice")}names`, target, "--json"]), 0, {
          failed: 0,
        });
        assertSameTree(target, source, name);
      }
    },
  );

  await t.step("row 1: get and get -r leave files alone that are called as a part was", async () => {
    const home = makeTree(server.home("bob"), { "x": someBytes(LARGE), "y/x": someBytes(LARGE) });
    const mine = { "x.part": "mine", "x.part.json": '{"server":"mine"}', ".ftp-part-1-0": "mine" };
    const target = makeTree(temp.join("mine"), { ...mine, "z/keep": "mine" });
    makeTree(join(target, "z"), mine);
    assertRan(await server.ftp(["get", `${remote("bob")}x`, target]), 0);
    assertRan(await server.ftp(["get", "-r", `${remote("bob")}y`, join(target, "z")]), 0);
    for (const [name, text] of Object.entries(mine)) {
      for (const folder of [target, join(target, "z")]) assertEquals(Deno.readTextFileSync(join(folder, name)), text);
    }
    assertEquals(treeOf(target)["x"], treeOf(home)["x"]);
    // What `--delete` removes, it does not leave for its name.
    assertRan(await server.ftp(["sync", "--delete", `${remote("bob")}y`, join(target, "z")]), 0);
    assertSameTree(join(target, "z"), join(home, "y"));
  });

  await t.step("row 1: what an interrupted get -r has left is not sent, not removed, and resumed", async () => {
    const home = makeTree(server.home("carol"), { "tree/movie": someBytes(8 * MIB), "tree/d/other": "text" });
    const target = temp.join("left");
    const get = ["get", "-r", `${remote("carol")}tree`, target];
    const child = at.start([...get, "--limit", "4M"]);
    await until("some of it is here", () => filling(target, OURS).some((name) => sizeOf(join(target, name)) > MIB));
    child.kill("SIGKILL");
    await child.output();
    const [left] = filling(target, OURS);
    assertEquals(partOf(join(target, "movie")), join(target, left!));

    // Nothing of it goes to the server, and what has its name there is not taken for gone.
    assertRan(await server.ftp(["put", "-r", target, `${remote("carol")}copy`]), 0);
    assertEquals(namesOf(join(home, "copy")).filter((name) => name.includes(".ftp-")), []);
    makeTree(join(home, "copy"), { [left!]: "carol's" });
    assertRan(await server.ftp(["sync", "--delete", target, `${remote("carol")}copy`]), 0);
    assertEquals(Deno.readTextFileSync(join(home, "copy", left!)), "carol's");
    Deno.removeSync(join(home, "copy", left!));
    // It is no extra of a sync downwards, nor is the folder that it is in.
    assertRan(await server.ftp(["sync", "--delete", `${remote("carol")}copy`, target]), 0);
    assertEquals(filling(target, OURS), [left]);
    // Somebody who does not know it as ours sends it as a user's; back here both are right.
    const stranger = temp.join("stranger");
    assertRan(
      await server.ftp(["put", "-r", target, `${remote("carol")}sent`], { env: { XDG_STATE_HOME: stranger } }),
      0,
    );
    Deno.copyFileSync(join(home, "sent", left!), join(home, "tree", left!));
    const again = await server.ftp([...get, "-P", "2", "--json"]);
    assertRan(again, 0, { failed: 0 });
    assert(totalsOf(again).bytes as number < 8 * MIB + sizeOf(join(home, "tree", left!)), "the part was resumed");
    assertSameTree(target, join(home, "tree"));
    assertEquals(partOf(join(target, "movie")), undefined);
  });

  await t.step(
    "row 1: what a killed get -r has left of small files is known as ours, and goes with the next",
    async () => {
      const small = Object.fromEntries(
        Array.from({ length: 60 }, (_, n) => [`d${n % 3}/${n}`, someBytes(40_000, n + 1)]),
      );
      const home = makeTree(join(server.home("dave"), "tree"), small);
      const target = temp.join("killed");
      const get = ["get", "-r", `${remote("dave")}tree`, target];
      const child = at.start([...get, "--limit", "400K"]);
      await until("some are here", () => filling(join(target, "d0"), OURS_SMALL).length > 0);
      child.kill("SIGKILL");
      await child.output();
      const [left] = filling(join(target, "d0"), OURS_SMALL);
      assertMatch(left!, OURS_SMALL);
      // A user's file that only looks like one is a user's.
      makeTree(join(target, "d0"), { [`.ftp-${ID}-7`]: "dave's" });
      assertRan(await server.ftp(["put", "-r", target, `${remote("dave")}copy`]), 0);
      const sent = namesOf(join(server.home("dave"), "copy")).filter((name) => name.includes(".ftp-"));
      assertEquals(sent, [`d0/.ftp-${ID}-7`]);
      // One that runs is not touched by another.
      const runs = new RecordFolder(join(testState(), "runs"));
      using _held = runs.hold(ID);
      runs.write(ID, { top: target });
      makeTree(join(target, "d1"), { [`.ftp-${ID}-8`]: "of one that runs" });
      assertRan(await server.ftp(get), 0);
      const extra = namesOf(target).filter((name) => !namesOf(home).includes(name));
      assertEquals(extra, [`d0/.ftp-${ID}-7`, `d1/.ftp-${ID}-8`]);
      runs.remove(ID);
    },
  );

  await t.step("row 1: where nothing can be remembered a get works, says so once, and leaves nothing", async () => {
    makeTree(server.home("eve"), { "a": someBytes(LARGE), "b": someBytes(LARGE, 2), "big": someBytes(8 * MIB) });
    const target = makeTree(temp.join("nowhere"), {});
    const env = { XDG_STATE_HOME: temp.file("no folder", "") };
    const both = await server.ftp(["get", `${remote("eve")}a`, `${remote("eve")}b`, target], { env });
    assertRan(both, 0);
    assertEquals(both.stderr.match(/not kept/g)?.length, 1, both.stderr);
    const why = `An unfinished download is not kept after this run: "${
      join(env.XDG_STATE_HOME, "ftp", "downloads")
    }" cannot`;
    assertStringIncludes(both.stderr, why);
    const child = at.start(["get", `${remote("eve")}big`, target, "--limit", "2M"], env);
    await until("some of it is here", () => filling(target, OURS).length > 0);
    child.kill("SIGINT");
    const ran = await ended(child);
    assertEquals([ran.code, ran.stderr.includes("continues it")], [130, false], ran.stderr);
    assertEquals(namesIn(target), ["a", "b"]);
  });
});
