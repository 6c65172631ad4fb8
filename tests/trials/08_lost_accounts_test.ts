import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";
import { mounted } from "../mounts.ts";
import { makeTree, namesOf } from "../tree/kit.ts";
import { someVerifier } from "../users/open_temp.ts";

/** Runs a subcommand on a root; a password comes by stdin. */
function run(root: string, ...args: string[]): Promise<Ran> {
  const stdin = args[0] === "adduser" ? ["--password-stdin"] : [];
  return runFtp([...args, ...stdin, "--root", root], { stdin: `${PASSWORD}\n` });
}

function assertRefused({ code, stdout, stderr }: Ran, sentence: string): void {
  assertEquals([code, stdout, stderr], [1, "", `ftp: ${sentence}\n`]);
}

Deno.test("row 8: a root whose database is gone is refused by serve and adduser, and stays as it is", async () => {
  using temp = new TempDir();
  const root = makeTree(temp.join("root"), {
    "home/alice/a.txt": "hers",
    "home/bob": null,
    "staging/alice/part": "waits",
  });
  const before = namesOf(root);
  const sentence =
    `500 The account database "${root}/ftp.db" is missing, but "${root}/home/alice" and 2 more belong to its ` +
    "accounts: bring ftp.db back from a backup, or start with no accounts by ftp serve --init-database";
  assertRefused(await run(root, "serve", "--host", "127.0.0.1", "--port", "0"), sentence);
  assertRefused(await run(root, "adduser", "alice"), sentence);
  assertEquals(namesOf(root), before);

  await using server = await TestServer.start(["--init-database", "--no-tls"], root);
  assertEquals(namesOf(`${root}/home`), ["alice/", "alice/a.txt", "bob/"]);
  assertRefused(
    await run(root, "adduser", "alice"),
    `403 The home "${root}/home/alice" is there already, and belonged to an earlier user: --adopt-home takes it over, or move it away`,
  );
  const adopted = await run(root, "adduser", "alice", "--adopt-home");
  assertEquals([adopted.code, adopted.stderr], [0, ""]);
  assertEquals(adopted.stdout, `Added alice, quota 500.0 MiB; took over "${root}/home/alice" with the 4 B in it\n`);
  assertEquals(server.used("alice"), 4);
  const listed = await server.shell("alice", "ls");
  assertEquals([listed.code, listed.stdout], [0, "a.txt\n"]);
  const { log } = await server.stop();
  assertMatch(
    log,
    /"level":"warn","event":"init-database",.*"reason":"made without accounts; what is in .*home stays, and /,
  );
});

Deno.test("row 8: what tells a lost database from a new root", () => {
  const cases: [name: string, tree: Record<string, string | null>, isLost: boolean][] = [
    ["nothing", {}, false],
    ["a certificate and a lock", { "tls/key.pem": "key", "ftp.lock": "" }, false],
    ["empty folders, and what a volume comes with", { "home": null, "staging": null, "home/lost+found": null }, false],
    ["a home", { "home/alice": null }, true],
    ["a file among the homes", { "home/notes": "" }, true],
    ["staging", { "staging/alice": null }, true],
    ["a journal", { "ftp.db-wal": "" }, true],
  ];
  for (const [name, tree, isLost] of cases) {
    using temp = new TempDir();
    const root = makeTree(temp.join("root"), tree);
    const before = namesOf(root);
    if (isLost) {
      const error = assertThrows(() => openDatabase(`${root}/ftp.db`), StatusError, "is missing");
      assertEquals([name, error.code, namesOf(root)], [name, 500, before]);
    }
    openDatabase(`${root}/ftp.db`, { init: isLost }).close();
    // A database that is there is never made anew.
    const database = openDatabase(`${root}/ftp.db`, { init: true });
    new Accounts(database).add("alice", someVerifier(), null);
    database.close();
    using again = openDatabase(`${root}/ftp.db`, { init: true });
    assertEquals([name, new Accounts(again).list().length], [name, 1]);
  }
});

Deno.test("row 8: adduser takes no home that is there, unless it is asked to, and never a link or a file", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  assertEquals((await run(root, "adduser", "bob")).code, 0);
  makeTree(root, { "home/bob/old": "bob's", "staging/bob/part": "12345" });
  const gone = await run(root, "deluser", "bob");
  assertEquals(
    gone.stdout,
    `Removed bob; their home stays in ${root}/home/bob: adduser bob then needs --adopt-home, unless it is moved away\n`,
  );
  assertEquals(namesOf(`${root}/staging`), []);
  makeTree(root, { "home/empty": null, "home/file": "", "elsewhere/x": "y" });
  Deno.symlinkSync(`${root}/elsewhere`, `${root}/home/link`);
  const before = namesOf(root);
  for (const name of ["bob", "empty"]) {
    const refused = await run(root, "adduser", name);
    assertMatch(
      refused.stderr,
      new RegExp(`^ftp: 403 The home ".*/${name}" is there already, and belonged to an earlier user: `),
    );
    assertEquals(refused.code, 1);
  }
  for (const name of ["file", "link"]) {
    const refused = await run(root, "adduser", name, "--adopt-home");
    assertRefused(refused, `407 "${root}/home/${name}" is no folder, and so no home; move it away`);
  }
  assertEquals(
    namesOf(root).filter((name) => !name.startsWith("ftp.db")),
    before.filter((name) => !name.startsWith("ftp.db")),
  );
  const adopted = JSON.parse((await run(root, "adduser", "bob", "--adopt-home", "--json")).stdout);
  assertEquals([adopted.adopted, adopted.adoptedBytes, adopted.used], [true, 5, 5]);
  const nothing = await run(root, "adduser", "carol", "--adopt-home");
  assertEquals(nothing.stdout, `Added carol, quota 500.0 MiB; there was no home "${root}/home/carol" to take over\n`);
  assertEquals(namesOf(`${root}/home/carol`), []);
});

Deno.test("row 8: deluser --purge empties a home that is a mount, and leaves what is mounted in a home", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  for (const name of ["alice", "bob"]) assertEquals((await run(root, "adduser", name)).code, 0);
  makeTree(root, { "home/bob/shared": null, "home/bob/own": "1" });
  using home = mounted({ at: `${root}/home/alice` });
  using inside = mounted({ at: `${root}/home/bob/shared` });
  if (!home.isThere || !inside.isThere) return;
  makeTree(root, { "home/alice/a/b": "1", "home/bob/shared/theirs": "2" });
  const purged = await run(root, "deluser", "alice", "--purge");
  assertEquals(purged.stdout, `Removed alice and their home; "${root}/home/alice" is a mount and stays, empty\n`);
  assertEquals(namesOf(`${root}/home/alice`), []);
  assertRefused(
    await run(root, "deluser", "bob", "--purge"),
    `406 Cannot remove "${root}/home/bob/shared": it is a mount; unmount it first`,
  );
  assertEquals(namesOf(`${root}/home/bob`), ["own", "shared/", "shared/theirs"]);
  assert((await run(root, "users")).stdout.startsWith("bob"));
});
