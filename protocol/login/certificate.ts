/** What is needed of a certificate: fingerprint, channel binding data, PEM. Pure; `node:crypto` only hashes. */
import { createHash } from "node:crypto";

const OID = 0x06;
/** The last bytes of signature algorithm OIDs whose hash is not SHA-256, each with its hash. */
const HASH_OF_SIGNATURE: ReadonlyMap<string, "sha384" | "sha512"> = new Map([
  ["2a8648ce3d040303", "sha384"], // ecdsa-with-SHA384
  ["2a8648ce3d040304", "sha512"], // ecdsa-with-SHA512
  ["2a864886f70d01010c", "sha384"], // sha384WithRSAEncryption
  ["2a864886f70d01010d", "sha512"], // sha512WithRSAEncryption
]);

/** The fingerprint that people compare: `SHA256:` and 64 hexadecimal digits. */
export function fingerprintOf(der: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(der).digest("hex")}`;
}

/**
 * The `tls-server-end-point` channel binding: the hash of the certificate, by the hash of its signature
 * algorithm, MD5 and SHA-1 replaced by SHA-256 (RFC 5929, section 4.1).
 */
export function channelBindingOf(der: Uint8Array): Uint8Array {
  const hash = HASH_OF_SIGNATURE.get(signatureAlgorithmOf(der)) ?? "sha256";
  return new Uint8Array(createHash(hash).update(der).digest());
}

/** The OID of the signature algorithm, in hexadecimal: certificate ::= { tbsCertificate, { OID, … }, signature }. */
function signatureAlgorithmOf(der: Uint8Array): string {
  const outer = readElement(der, 0);
  const toBeSigned = readElement(der, outer.start);
  const algorithm = readElement(der, toBeSigned.end);
  const oid = readElement(der, algorithm.start);
  return der[algorithm.start] === OID ? der.subarray(oid.start, oid.end).toHex() : "";
}

/** The content of the DER element at an offset (X.690, section 8.1). */
function readElement(der: Uint8Array, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  let length = 0;
  const count = first & 0x7f;
  for (let i = 0; i < count; i++) length = length * 256 + (der[at + 2 + i] ?? 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}

/** A certificate in PEM. */
export function pemOf(der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The first certificate of a PEM text, or `undefined` when there is none that is whole. */
export function derOf(pem: string): Uint8Array | undefined {
  const match = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem);
  try {
    return match ? Uint8Array.fromBase64(match[1]!) : undefined;
  } catch {
    return undefined;
  }
}
