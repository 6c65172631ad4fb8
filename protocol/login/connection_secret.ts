/** The proof that both ends hold the same connection secret (`PROTOCOL.md`, "Connection secret"). */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { createHmac } from "node:crypto";

/** What the proof covers. Nonces as sent, in base64; the certificate hash as in `certificate.ts`, empty without TLS. */
export interface SecretTranscript {
  /** The protocol version of the connection. */
  readonly version: number;
  /** The client's nonce as sent, in base64. */
  readonly clientNonce: string;
  /** The server's nonce as sent, in base64. */
  readonly serverNonce: string;
  /** The hash of the server's certificate; empty without TLS. */
  readonly certificateHash: Uint8Array;
}

/**
 * The proof of one side: HMAC-SHA-256 over its name and the transcript.
 *
 * @returns 64 hexadecimal digits
 */
export function secretProof(secret: Uint8Array, side: "client" | "server", transcript: SecretTranscript): string {
  const { version, clientNonce, serverNonce, certificateHash } = transcript;
  // A JSON list is unambiguous whatever the nonces hold.
  const covered = JSON.stringify(["ftp connection secret", side, version, clientNonce, serverNonce]);
  return createHmac("sha256", secret).update(covered).update("\0").update(certificateHash).digest("hex");
}

/** Compares two proofs in constant time. */
export function sameProof(a: string, b: string): boolean {
  const encoder = new TextEncoder();
  return timingSafeEqual(encoder.encode(a), encoder.encode(b));
}
