/** The keys of SCRAM-SHA-256 (RFC 5802, RFC 7677): what becomes of a password, and what a server keeps of it. */
import { createHash, createHmac } from "node:crypto";
import { NONCE_BYTES, PASSWORD_LIMIT_BYTES } from "../limits.ts";
import { StatusError } from "../status.ts";

/** What a server keeps of a password. It does not let anybody log in. */
export interface Verifier {
  /** The salt of the password, 16 bytes. */
  readonly salt: Uint8Array;
  /** Rounds of PBKDF2. */
  readonly iterations: number;
  /** SHA-256 of the client key: what a proof is checked against. */
  readonly storedKey: Uint8Array;
  /** What the server signs with. */
  readonly serverKey: Uint8Array;
}

const encoder = new TextEncoder();

/** HMAC-SHA-256. */
export function hmac(key: Uint8Array, data: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

/** SHA-256. */
export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

/** A fresh nonce in base64, 32 random bytes. */
export function newNonce(): string {
  return crypto.getRandomValues(new Uint8Array(NONCE_BYTES)).toBase64();
}

/**
 * PBKDF2-HMAC-SHA-256 of a password (RFC 5802, `Hi`). The password is brought to Unicode form KC, as SASLprep has it.
 *
 * @throws {StatusError} 411 when the password is empty or over 1,024 bytes
 */
export async function saltPassword(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const bytes = encoder.encode(password.normalize("NFKC"));
  if (bytes.length === 0) throw new StatusError(411, "The password is empty");
  if (bytes.length > PASSWORD_LIMIT_BYTES) {
    throw new StatusError(411, `The password is longer than ${PASSWORD_LIMIT_BYTES} bytes`);
  }
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/** The verifier that belongs to a salted password. */
export function verifierOf(saltedPassword: Uint8Array, salt: Uint8Array, iterations: number): Verifier {
  return {
    salt,
    iterations,
    storedKey: sha256(hmac(saltedPassword, "Client Key")),
    serverKey: hmac(saltedPassword, "Server Key"),
  };
}
