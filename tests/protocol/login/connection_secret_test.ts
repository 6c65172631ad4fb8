import { assert, assertEquals } from "@std/assert";
import { sameProof, secretProof, type SecretTranscript } from "../../../protocol/login/connection_secret.ts";
import { bytesOf } from "../bytes.ts";

const SECRET = bytesOf("0123456789abcdef");
const TRANSCRIPT: SecretTranscript = {
  version: 1,
  clientNonce: "Y2xpZW50",
  serverNonce: "c2VydmVy",
  certificateHash: new Uint8Array(32).fill(0xab),
};

Deno.test("secretProof() is HMAC-SHA-256 over side, transcript and certificate hash", {
  permissions: "none",
}, async () => {
  // Made by another implementation of HMAC, over the bytes as they are documented.
  const key = await crypto.subtle.importKey("raw", SECRET.slice(), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const covered = bytesOf(
    '["ftp connection secret","client",1,"Y2xpZW50","c2VydmVy"]',
    [0],
    TRANSCRIPT.certificateHash,
  );
  const expected = new Uint8Array(await crypto.subtle.sign("HMAC", key, covered.slice())).toHex();
  assertEquals(secretProof(SECRET, "client", TRANSCRIPT), expected);
});

Deno.test("secretProof() changes when anything that it covers changes", { permissions: "none" }, () => {
  const proofs = [
    secretProof(SECRET, "client", TRANSCRIPT),
    // A reflected proof must not pass for the other side's.
    secretProof(SECRET, "server", TRANSCRIPT),
    secretProof(bytesOf("0123456789abcdeg"), "client", TRANSCRIPT),
    secretProof(SECRET, "client", { ...TRANSCRIPT, version: 2 }),
    secretProof(SECRET, "client", { ...TRANSCRIPT, clientNonce: "Y2xpZW51" }),
    secretProof(SECRET, "client", { ...TRANSCRIPT, serverNonce: "c2VydmVz" }),
    secretProof(SECRET, "client", { ...TRANSCRIPT, certificateHash: new Uint8Array(32).fill(0xac) }),
    secretProof(SECRET, "client", { ...TRANSCRIPT, certificateHash: new Uint8Array(0) }),
    // The border between two nonces is covered, too.
    secretProof(SECRET, "client", { ...TRANSCRIPT, clientNonce: 'Y2xpZW50","c2VydmVy', serverNonce: "" }),
    secretProof(SECRET, "client", { ...TRANSCRIPT, clientNonce: "Y2xpZW50c2VydmVy", serverNonce: "" }),
  ];
  assertEquals(new Set(proofs).size, proofs.length);
  assert(proofs.every((proof) => /^[0-9a-f]{64}$/.test(proof)));
});

Deno.test("sameProof() is true for the same proof and false for any other", { permissions: "none" }, () => {
  const proof = secretProof(SECRET, "client", TRANSCRIPT);
  assert(sameProof(proof, `${proof}`));
  for (const other of ["", proof.slice(1), `${proof}0`, `${proof.slice(0, -1)}x`, proof.toUpperCase()]) {
    assert(!sameProof(proof, other), other);
  }
});
