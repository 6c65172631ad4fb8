import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { type Ran, runFtp } from "../run_ftp.ts";

/** Runs an account command on a root below a temporary folder; where it needs a password, that comes from stdin. */
function run(temp: TempDir, ...args: string[]): Promise<Ran> {
  const password = ["adduser", "passwd"].includes(args[0]!) ? ["--password-stdin"] : [];
  return runFtp([...args, ...password, "--root", temp.join("root")], { stdin: `${PASSWORD}\n` });
}

/** The accounts as they are in the database. */
function stored(temp: TempDir) {
  using database = openDatabase(temp.join("root", "ftp.db"));
  return new Accounts(database).list();
}

Deno.test("adduser makes an account and a home, and refuses the name when it is taken", async () => {
  using temp = new TempDir();
  const added = await run(temp, "adduser", "alice", "--quota", "10M");
  assertEquals(added, { code: 0, stdout: "Added alice, quota 10.0 MiB\n", stderr: "" });
  assert(Deno.statSync(temp.join("root", "home", "alice")).isDirectory);
  const before = stored(temp);
  assertEquals(before.map(({ name, quota, used }) => [name, quota, used]), [["alice", 10_485_760, 0]]);
  for (const name of ["alice", "Alice"]) {
    const again = await run(temp, "adduser", name);
    assertEquals(again, { code: 1, stdout: "", stderr: 'ftp: 403 User "alice" exists already\n' });
  }
  assertEquals(stored(temp), before);
});

Deno.test("adduser exits with 2 and makes nothing when the call is wrong", async () => {
  using temp = new TempDir();
  const cases: [string[], string][] = [
    [["adduser", "../x"], 'ftp: 401 User name "../x" is not allowed'],
    [["adduser", "alice", "--quota", "lots"], 'ftp: 401 Not a size: "lots"'],
    [["adduser", "Carol"], 'ftp: 401 User name "Carol" is not allowed'],
    [["adduser"], "ftp: 401 An argument is missing; usage: ftp adduser NAME [OPTIONS]"],
    // A password has no place on the command line.
    [["adduser", "alice", PASSWORD], 'ftp: 401 Unexpected argument "'],
    [["adduser", "alice", "--password", PASSWORD], 'ftp: 401 Unknown option "--password"'],
  ];
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await run(temp, ...args);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, sentence);
    assertEquals(stderr.trim().split("\n").length, 1);
  }
  try {
    assertEquals([...Deno.readDirSync(temp.join("root", "home"))], []);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
});

Deno.test("adduser exits with 2 when nobody can be asked for a password", async () => {
  using temp = new TempDir();
  const ran = await runFtp(["adduser", "alice", "--root", temp.join("root")]);
  assertEquals([ran.code, ran.stdout], [2, ""]);
  assertStringIncludes(ran.stderr, "No terminal to ask for the new password; give --password-stdin");
  assertEquals(stored(temp), []);
});

Deno.test("passwd takes the password from stdin, changes the credential and never shows it", async () => {
  using temp = new TempDir();
  await run(temp, "adduser", "alice");
  const before = stored(temp)[0]!;
  const secret = "another long password";
  const args = ["passwd", "alice", "--password-stdin", "--verbose", "--root", temp.join("root")];
  const ran = await runFtp(args, { stdin: `${secret}\nsecond line\n` });
  const [root, database] = [temp.join("root"), temp.join("root", "ftp.db")];
  const stderr = `ftp: The root is "${root}", its database "${database}"\n`;
  assertEquals(ran, { code: 0, stdout: "Changed the password of alice\n", stderr });
  assert(stored(temp)[0]!.credential !== before.credential);
  assertEquals(stored(temp)[0]!.id, before.id);
  // Nor is it on the disk.
  for (const name of ["ftp.db", "ftp.db-wal"]) {
    const bytes = await Deno.readFile(temp.join("root", name)).catch(() => new Uint8Array(0));
    assertEquals(new TextDecoder("latin1").decode(bytes).includes(secret), false);
  }
});

Deno.test("account commands exit with 1 when there is no such user", async () => {
  using temp = new TempDir();
  assertEquals((await run(temp, "adduser", "alice")).code, 0);
  for (const args of [["passwd", "bob"], ["deluser", "bob"], ["quota", "bob"], ["quota", "bob", "5M"]]) {
    assertEquals(await run(temp, ...args), { code: 1, stdout: "", stderr: 'ftp: 402 There is no user "bob"\n' });
  }
});

Deno.test("account commands but adduser exit with 1 and make nothing when there is no such root", async () => {
  using temp = new TempDir();
  for (const args of [["users"], ["quota", "alice"], ["passwd", "alice"], ["deluser", "alice"]]) {
    const { code, stdout, stderr } = await run(temp, ...args);
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertStringIncludes(stderr, "ftp: 402 There is no account database");
  }
  assertEquals([...Deno.readDirSync(temp.path)], []);
});

Deno.test("deluser keeps the home unless --purge is given", async () => {
  using temp = new TempDir();
  for (const name of ["alice", "bob"]) {
    await run(temp, "adduser", name);
    Deno.writeTextFileSync(temp.join("root", "home", name, "a.txt"), "kept?");
  }
  const kept = await run(temp, "deluser", "alice");
  assertEquals([kept.code, kept.stderr], [0, ""]);
  assertMatch(kept.stdout, /^Removed alice; their home stays in .*home.alice: adduser alice then needs --adopt-home, /);
  assertEquals(Deno.readTextFileSync(temp.join("root", "home", "alice", "a.txt")), "kept?");

  const purged = await run(temp, "deluser", "bob", "--purge", "--json");
  assertEquals(JSON.parse(purged.stdout), { ok: true, name: "bob", purged: true });
  assertEquals([...Deno.readDirSync(temp.join("root", "home"))].map(({ name }) => name), ["alice"]);
  assertEquals(stored(temp), []);

  // What the home still holds counts for the next owner of the name.
  const again = await run(temp, "adduser", "alice", "--adopt-home", "--json");
  assertEquals(JSON.parse(again.stdout).used, 5);
});
