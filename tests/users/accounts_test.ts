import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { someVerifier, TempDatabase } from "./open_temp.ts";

Deno.test("Accounts.add() keeps name, quota and verifier", () => {
  using temp = new TempDatabase();
  const added = temp.accounts.add("alice", someVerifier(), 10_485_760);
  assertEquals(
    [added.name, added.quota, added.used, added.reserved, added.lastLogin],
    ["alice", 10_485_760, 0, 0, null],
  );
  assertEquals(temp.accounts.get("alice"), added);
  assertEquals(temp.accounts.verifierOf(added.id), someVerifier());
});

Deno.test("Accounts.add() keeps no limit and a limit of zero apart", () => {
  using temp = new TempDatabase();
  temp.add("none", null);
  temp.add("zero", 0);
  temp.add("most", Number.MAX_SAFE_INTEGER);
  const quotas = temp.accounts.list().map(({ name, quota }) => [name, quota]);
  assertEquals(quotas, [["most", 9_007_199_254_740_991], ["none", null], ["zero", 0]]);
});

Deno.test("Accounts.add() refuses a name that is taken, in any case, and changes nothing", () => {
  using temp = new TempDatabase();
  temp.add("alice", 5);
  for (const name of ["alice", "Alice", "ALICE"]) {
    const add = () => temp.accounts.add(name, someVerifier(9), null);
    assertEquals(assertThrows(add, StatusError, 'User "alice" exists already').code, 403);
  }
  assertEquals(temp.accounts.list().length, 1);
  assertEquals(temp.accounts.get("alice").quota, 5);
  assertEquals(temp.accounts.verifierOf(temp.accounts.get("alice").id), someVerifier());
});

Deno.test("Accounts.add() refuses a name that is not allowed", () => {
  using temp = new TempDatabase();
  for (const name of ["", "..", "a/b", "Bob", "-rf", "con", "a\0", "x' OR 1=1 --"]) {
    assertThrows(() => temp.accounts.add(name, someVerifier(), null), UsageError, "is not allowed");
  }
  assertEquals(temp.accounts.list(), []);
});

Deno.test("Accounts.find() takes text as a name and never as SQL or a pattern", () => {
  using temp = new TempDatabase();
  temp.add("alice", null);
  const others = ["%", "alic_", "alice ", "alice'--", "' OR 1=1 --", "x'; DROP TABLE users; --", "", "a*"];
  for (const name of [...others, "alice\0", "alice\0x", "ali\u00adce", "\uff41lice"]) {
    assertEquals(temp.accounts.find(name), undefined, JSON.stringify(name));
  }
  assertEquals(temp.accounts.find("ALICE")?.name, "alice");
});

Deno.test("Accounts.get() fails with 402 when there is no such user", () => {
  using temp = new TempDatabase();
  assertEquals(assertThrows(() => temp.accounts.get("bob"), StatusError, 'There is no user "bob"').code, 402);
});

Deno.test("Accounts.list() gives the accounts by name", () => {
  using temp = new TempDatabase();
  for (const name of ["carol", "alice", "bob"]) temp.add(name, null);
  assertEquals(temp.accounts.list().map(({ name }) => name), ["alice", "bob", "carol"]);
});

Deno.test("Accounts.setVerifier() changes the credential, and nothing of another account", () => {
  using temp = new TempDatabase();
  const [alice, bob] = [temp.add("alice", null), temp.add("bob", null)];
  const before = temp.accounts.credentialOf(alice);
  assertEquals(before, temp.accounts.get("alice").credential);
  temp.accounts.setVerifier(alice, someVerifier(7));
  assertNotEquals(temp.accounts.credentialOf(alice), before);
  assertEquals(temp.accounts.verifierOf(alice), someVerifier(7));
  assertEquals(temp.accounts.verifierOf(bob), someVerifier());
});

Deno.test("Accounts.setQuota() sets and takes away a limit", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", 10);
  for (const quota of [0, 99, null]) {
    temp.accounts.setQuota(id, quota);
    assertEquals(temp.accounts.get("alice").quota, quota);
  }
  // A negative limit would be no limit for some, and no room for others: the table has neither.
  assertThrows(() => temp.accounts.setQuota(id, -1), Error, "CHECK");
  assertEquals(temp.accounts.get("alice").quota, null);
});

Deno.test("Accounts.remove() takes the account away and never gives its id again", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", null);
  temp.accounts.remove(id);
  assertEquals(temp.accounts.find("alice"), undefined);
  assertEquals([temp.accounts.credentialOf(id), temp.accounts.verifierOf(id)], [undefined, undefined]);
  // A session of the one must never become a session of the other.
  assertNotEquals(temp.add("alice", null), id);
});

Deno.test("Accounts sees at once what another connection to the database changed", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", 10);
  using other = openDatabase(temp.file);
  new Accounts(other).setQuota(id, 20);
  new Accounts(other).noteLogin(id);
  assertEquals(temp.accounts.get("alice").quota, 20);
  assertNotEquals(temp.accounts.get("alice").lastLogin, null);
  new Accounts(other).remove(id);
  assertEquals(temp.accounts.credentialOf(id), undefined);
});
