import { assertEquals, assertNotEquals } from "@std/assert";
import { saltPassword, verifierOf } from "../../protocol/login/scram_keys.ts";
import { FakeCredentials, newVerifier } from "../../users/credentials.ts";
import { openDatabase } from "../../users/database.ts";
import { TempDatabase } from "./open_temp.ts";

Deno.test("newVerifier() has a fresh salt each time and fits its password only", async () => {
  const [one, two] = await Promise.all([newVerifier("pencil"), newVerifier("pencil")]);
  assertEquals([one.iterations, one.salt.length, one.storedKey.length, one.serverKey.length], [600_000, 16, 32, 32]);
  assertNotEquals(one.salt, two.salt);
  assertNotEquals(one.storedKey, two.storedKey);
  assertEquals(verifierOf(await saltPassword("pencil", one.salt, one.iterations), one.salt, one.iterations), one);
});

Deno.test("FakeCredentials gives a name the same verifier for ever", () => {
  using temp = new TempDatabase();
  const first = new FakeCredentials(temp.database).verifierFor("nobody");
  assertEquals(new FakeCredentials(temp.database).verifierFor("nobody"), first);
  // After a restart, and whatever the case: an account is found in any case, too.
  using again = openDatabase(temp.file);
  assertEquals(new FakeCredentials(again).verifierFor("NoBody"), first);
});

Deno.test("FakeCredentials gives each name and each server verifiers of its own", () => {
  using temp = new TempDatabase();
  using other = new TempDatabase();
  const fake = new FakeCredentials(temp.database);
  const salts = ["a", "b", "nobody", "", "x".repeat(5000)].map((name) => fake.verifierFor(name).salt.toHex());
  salts.push(new FakeCredentials(other.database).verifierFor("a").salt.toHex());
  assertEquals(new Set(salts).size, salts.length);
});

Deno.test("FakeCredentials looks like a real verifier", () => {
  using temp = new TempDatabase();
  const { salt, iterations, storedKey, serverKey } = new FakeCredentials(temp.database).verifierFor("nobody");
  assertEquals([salt.length, iterations, storedKey.length, serverKey.length], [16, 600_000, 32, 32]);
  assertNotEquals(storedKey.toHex(), serverKey.toHex());
  assertNotEquals(storedKey.subarray(0, 16).toHex(), salt.toHex());
});
