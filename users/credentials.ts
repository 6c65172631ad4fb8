/** Verifiers: of a password, and of nobody. */
import { createHmac } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from "../protocol/limits.ts";
import { saltPassword, type Verifier, verifierOf } from "../protocol/login/scram_keys.ts";

/** The verifier of a new password, with a fresh salt; fewer rounds than usual are for tests only. */
export async function newVerifier(password: string, iterations: number = SCRAM_ITERATIONS): Promise<Verifier> {
  const salt = crypto.getRandomValues(new Uint8Array(SCRAM_SALT_BYTES));
  return verifierOf(await saltPassword(password, salt, iterations), salt, iterations);
}

/** Makes verifiers for names that are not there: the same name has the same salt for ever, and no password fits. */
export class FakeCredentials {
  readonly #secret: Uint8Array;

  constructor(database: DatabaseSync) {
    database.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('fake_secret', ?)")
      .run(crypto.getRandomValues(new Uint8Array(32)));
    const row = database.prepare("SELECT value FROM meta WHERE name = 'fake_secret'").get();
    this.#secret = row!.value as Uint8Array;
  }

  verifierFor(name: string): Verifier {
    const derive = (what: string) =>
      new Uint8Array(createHmac("sha256", this.#secret).update(`${what} ${name.toLowerCase()}`).digest());
    return {
      salt: derive("salt").slice(0, SCRAM_SALT_BYTES),
      iterations: SCRAM_ITERATIONS,
      storedKey: derive("stored key"),
      serverKey: derive("server key"),
    };
  }
}
