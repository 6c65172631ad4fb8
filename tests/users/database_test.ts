import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { StatusError } from "../../protocol/status.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase, transaction } from "../../users/database.ts";
import { TempDir } from "../harness.ts";
import { someVerifier, TempDatabase } from "./open_temp.ts";

/** What is in a folder: each name with the digest of its bytes. */
function contentOf(folder: string): [string, string][] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return names.map((name) => [name, createHash("sha256").update(Deno.readFileSync(`${folder}/${name}`)).digest("hex")]);
}

/** Opening must fail with 500, say the file and the reason, and leave the folder as it is. */
function refuses(temp: TempDir, reason: string): void {
  const before = contentOf(temp.path);
  const error = assertThrows(() => openDatabase(temp.join("ftp.db")), StatusError, reason);
  assertEquals(error.code, 500);
  assert(error.message.includes(`Cannot use the account database "${temp.join("ftp.db")}"`), error.message);
  assertEquals(contentOf(temp.path), before);
}

/** The bytes of a good database with one account, closed. */
function goodDatabase(): Uint8Array {
  using temp = new TempDir();
  const database = openDatabase(temp.join("ftp.db"));
  for (let user = 0; user < 200; user++) new Accounts(database).add(`user${user}`, someVerifier(), null);
  database.close();
  return Deno.readFileSync(temp.join("ftp.db"));
}

Deno.test("openDatabase() makes a database and finds its accounts again", () => {
  using temp = new TempDir();
  const file = temp.join("new", "folder", "ftp.db");
  const first = openDatabase(file);
  new Accounts(first).add("alice", someVerifier(), 7);
  first.close();
  using second = openDatabase(file);
  assertEquals(new Accounts(second).get("alice").quota, 7);
});

Deno.test({
  name: "openDatabase() makes files that nobody else may read when the umask is open",
  ignore: Deno.build.os === "windows",
  fn() {
    using temp = new TempDir();
    const umask = Deno.umask(0);
    try {
      const database = openDatabase(temp.join("root", "ftp.db"));
      new Accounts(database).add("alice", someVerifier(), null);
      assertEquals(Deno.statSync(temp.join("root")).mode! & 0o777, 0o700);
      // The journal beside it holds the same rows.
      for (const name of ["ftp.db", "ftp.db-wal", "ftp.db-shm"]) {
        assertEquals(Deno.statSync(temp.join("root", name)).mode! & 0o777, 0o600, name);
      }
      database.close();
    } finally {
      Deno.umask(umask);
    }
  },
});

Deno.test("openDatabase() refuses a file of no bytes and leaves it", () => {
  using temp = new TempDir();
  temp.file("ftp.db", "");
  refuses(temp, "the file is empty");
});

Deno.test("openDatabase() refuses a file that is no database and leaves it", () => {
  using temp = new TempDir();
  temp.file("ftp.db", "not a database, but longer than a header of one hundred bytes has to be ".repeat(100));
  refuses(temp, "");
});

Deno.test("openDatabase() refuses a damaged file and leaves it", () => {
  using temp = new TempDir();
  const bytes = goodDatabase();
  // The header stays; pages of the tables are written over.
  temp.file("ftp.db", bytes.fill(0xa5, 4096 * 2 + 8, bytes.length - 4096));
  refuses(temp, "");
});

Deno.test("openDatabase() refuses a file that was cut and leaves it", () => {
  using temp = new TempDir();
  const bytes = goodDatabase();
  temp.file("ftp.db", bytes.subarray(0, bytes.length / 2));
  refuses(temp, "");
});

Deno.test("openDatabase() refuses another version and leaves the file", () => {
  using temp = new TempDir();
  const database = openDatabase(temp.join("ftp.db"));
  database.exec("PRAGMA user_version = 2");
  database.close();
  refuses(temp, "it is of version 2, not 1");
});

Deno.test("openDatabase() refuses the database of another program and leaves the file", () => {
  using temp = new TempDir();
  const database = new DatabaseSync(temp.join("ftp.db"));
  database.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  database.close();
  refuses(temp, "it is of version 0, not 1");
});

Deno.test("openDatabase() refuses a folder in the place of the file", () => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("ftp.db"));
  assertEquals(assertThrows(() => openDatabase(temp.join("ftp.db")), StatusError, "Cannot use").code, 500);
  assertEquals([...Deno.readDirSync(temp.join("ftp.db"))], []);
});

Deno.test("openDatabase() keeps what a lost process wrote when its journal is still there", () => {
  using temp = new TempDir();
  using copy = new TempDir();
  const database = openDatabase(temp.join("ftp.db"));
  new Accounts(database).add("alice", someVerifier(), 7);
  // As after a power cut: the files as they are, without a clean close.
  for (const name of ["ftp.db", "ftp.db-wal"]) Deno.copyFileSync(temp.join(name), copy.join(name));
  database.close();
  using again = openDatabase(copy.join("ftp.db"));
  assertEquals(new Accounts(again).get("alice").quota, 7);
});

Deno.test("transaction() keeps all or nothing", () => {
  using temp = new TempDatabase();
  const { database, accounts } = temp;
  assertEquals(transaction(database, () => temp.add("alice", 1)), accounts.get("alice").id);
  const fail = () =>
    transaction(database, () => {
      temp.add("bob", 1);
      accounts.setQuota(accounts.get("alice").id, 2);
      throw new TypeError("in the middle");
    });
  assertThrows(fail, TypeError, "in the middle");
  assertEquals(accounts.list().map(({ name, quota }) => [name, quota]), [["alice", 1]]);
  // And the next one works.
  assertEquals(transaction(database, () => 5), 5);
});
