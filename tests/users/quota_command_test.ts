import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { QuotaLedger } from "../../users/quota_ledger.ts";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { reserve, someVerifier } from "./open_temp.ts";

/** A root with two accounts, made without the program: alice has used 300 bytes and reserved 200. */
class Place implements Disposable {
  readonly temp = new TempDir();

  constructor() {
    using database = openDatabase(this.temp.join("ftp.db"));
    const accounts = new Accounts(database);
    const alice = accounts.add("alice", someVerifier(), 10_485_760).id;
    accounts.add("bob", someVerifier(), null);
    const ledger = new QuotaLedger(database);
    ledger.change(alice, () => 300);
    reserve(ledger, alice, 200);
  }

  run(...args: string[]): Promise<Ran> {
    return runFtp([...args, "--root", this.temp.path]);
  }

  [Symbol.dispose](): void {
    this.temp[Symbol.dispose]();
  }
}

Deno.test("quota shows what is used, reserved and allowed, and sets it", async () => {
  using place = new Place();
  const shown = await place.run("quota", "alice");
  assertEquals(shown, { code: 0, stdout: "alice: 300 B used, 200 B reserved, quota 10.0 MiB\n", stderr: "" });
  const set = await place.run("quota", "ALICE", "1.5G", "--json");
  const { created, ...record } = JSON.parse(set.stdout);
  assertEquals(typeof created, "number");
  assertEquals(record, {
    ok: true,
    name: "alice",
    quota: 1_610_612_736,
    used: 300,
    reserved: 200,
    lastLogin: null,
  });
  assertEquals((await place.run("quota", "alice", "none")).stdout, "alice: 300 B used, 200 B reserved, quota none\n");
});

Deno.test("quota --recount brings used back to what the home holds", async () => {
  using place = new Place();
  Deno.mkdirSync(place.temp.join("home", "alice"), { recursive: true });
  place.temp.file("home/alice/a", new Uint8Array(1234));
  const ran = await place.run("quota", "alice", "--recount", "--json");
  const { before, used, reserved } = JSON.parse(ran.stdout);
  assertEquals([ran.code, before, used, reserved], [0, 300, 1234, 200]);
});

Deno.test("quota exits with 2 and changes nothing when the call is wrong", async () => {
  using place = new Place();
  const cases: [string[], string][] = [
    [["quota", "alice", "lots"], 'Not a size: "lots"'],
    [["quota", "alice", "-1"], 'Unknown option "-1"'],
    [["quota", "alice", "5M", "--recount"], "Give either a SIZE or --recount"],
    [["quota", "alice", "5M", "6M"], 'Unexpected argument "6M"'],
  ];
  for (const [args, sentence] of cases) {
    const ran = await place.run(...args);
    assertEquals([ran.code, ran.stdout], [2, ""], args.join(" "));
    assertStringIncludes(ran.stderr, sentence);
  }
  assertEquals(JSON.parse((await place.run("quota", "alice", "--json")).stdout).quota, 10_485_760);
});

Deno.test("users lists every account, for people and for programs", async () => {
  using place = new Place();
  const { code, stdout } = await place.run("users");
  const lines = stdout.trimEnd().split("\n");
  assertEquals([code, lines.length], [0, 2]);
  assertMatch(lines[0]!, /^alice +300 B of +10\.0 MiB +never$/);
  assertMatch(lines[1]!, /^bob +0 B of +none +never$/);
  const records = (await place.run("users", "--json")).stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(records.map(({ name, quota, used, reserved }) => ({ name, quota, used, reserved })), [
    { name: "alice", quota: 10_485_760, used: 300, reserved: 200 },
    { name: "bob", quota: null, used: 0, reserved: 0 },
  ]);
  // Nothing of the verifier but the credential's name is anybody's business, and not even that here.
  assertEquals(Object.keys(records[0]).sort(), ["created", "lastLogin", "name", "quota", "reserved", "used"]);
});

Deno.test("account commands tell a failure as JSON, too, when --json is given", async () => {
  using place = new Place();
  const ran = await place.run("quota", "nobody", "--json");
  assertEquals([ran.code, ran.stderr], [1, 'ftp: 402 There is no user "nobody"\n']);
  assertEquals(JSON.parse(ran.stdout), { ok: false, code: 402, message: 'There is no user "nobody"' });
});

Deno.test("account commands say what is wrong when the database is damaged, and leave it", async () => {
  using temp = new TempDir();
  temp.file("ftp.db", "garbage");
  const ran = await runFtp(["users", "--root", temp.path]);
  assertEquals([ran.code, ran.stdout], [1, ""]);
  assertMatch(ran.stderr, /^ftp: 500 Cannot use the account database ".*ftp\.db": /);
  assertEquals(Deno.readTextFileSync(temp.join("ftp.db")), "garbage");
});
