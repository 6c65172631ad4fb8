import { assertEquals } from "@std/assert";
import { saltPassword, verifierOf } from "../../../protocol/login/scram_keys.ts";
import { verifyPassword } from "../../../server/sessions/verify_password.ts";

const ROUNDS = 1_000;
const SALT = new Uint8Array(16).fill(7);

async function verifierFor(password: string) {
  return verifierOf(await saltPassword(password, SALT, ROUNDS), SALT, ROUNDS);
}

Deno.test("verifyPassword() takes the password of the verifier and no other", async () => {
  const verifier = await verifierFor("correct horse");
  assertEquals(await verifyPassword("correct horse", verifier), true);
  for (const other of ["correct hors", "Correct horse", "correct horse ", "", "p".repeat(1_025)]) {
    assertEquals(await verifyPassword(other, verifier), false, other.slice(0, 20));
  }
});

Deno.test("verifyPassword() compares as SCRAM does when a character has two spellings", async () => {
  assertEquals(await verifyPassword("e\u0301t\u00e9", await verifierFor("\u00e9te\u0301")), true);
});

Deno.test("verifyPassword() depends on salt, rounds and the whole stored key", async () => {
  const verifier = await verifierFor("secret");
  const storedKey = verifier.storedKey.slice();
  storedKey[31]! ^= 1;
  for (const other of [{ storedKey }, { iterations: ROUNDS + 1 }, { salt: new Uint8Array(16) }]) {
    assertEquals(await verifyPassword("secret", { ...verifier, ...other }), false);
  }
});
