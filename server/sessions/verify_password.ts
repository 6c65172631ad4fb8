/** Checks a plain password, for doors whose protocol sends one. */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { saltPassword, type Verifier, verifierOf } from "../../protocol/login/scram_keys.ts";
import { StatusError } from "../../protocol/status.ts";

/** Whether a verifier was made from this password. It takes as long for every password that can be one. */
export async function verifyPassword(password: string, { salt, iterations, storedKey }: Verifier): Promise<boolean> {
  let salted: Uint8Array;
  try {
    salted = await saltPassword(password, salt, iterations);
  } catch (error) {
    // Empty or too long: nobody has such a password.
    if (error instanceof StatusError && error.code === 411) return false;
    throw error;
  }
  return timingSafeEqual(verifierOf(salted, salt, iterations).storedKey, storedKey);
}
