/** The server's certificate and key: made on first start, or given with `--cert` and `--key`. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "@std/path";
import { makePrivateFolder } from "../files/folder.ts";
import { lookAt } from "../files/lookup.ts";
import { readText, replaceText } from "../files/small_file.ts";
import { channelBindingOf, derOf, fingerprintOf } from "../protocol/login/certificate.ts";
import { StatusError } from "../protocol/status.ts";

const VALID_YEARS = 10;
const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** What the server shows and proves. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  /** `SHA256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** What a login is bound to. */
  readonly channelBinding: Uint8Array;
  /** Something the operator should know, such as a date that is near. */
  readonly warning: string | undefined;
}

/**
 * The identity from two PEM files.
 *
 * @throws {StatusError} 500 when they cannot be read, do not match, or clients could not accept them
 */
export function loadIdentity(certFile: string, keyFile: string): Identity {
  const fail = (why: string, cause?: unknown): never => {
    throw new StatusError(500, `Cannot use certificate "${certFile}" with key "${keyFile}": ${why}`, { cause });
  };
  let cert, key, certificate;
  try {
    cert = readText(certFile);
    key = readText(keyFile);
    certificate = new X509Certificate(cert);
  } catch (error) {
    return fail(error instanceof Error ? error.message : "unreadable", error);
  }
  const der = derOf(cert) ?? fail("no certificate is in it");
  if (!isKeyOf(certificate, key)) fail("the key does not belong to the certificate");
  if (!certificate.subjectAltName) fail("it names no host (subjectAltName), and TLS clients want one");
  if (certificate.ca && certificate.issuer === certificate.subject) {
    fail("it is self-signed as an authority, and TLS clients refuse that; make it with CA:FALSE");
  }
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
  if (daysLeft < 0) fail(`it expired on ${certificate.validTo}`);
  return {
    cert,
    key,
    fingerprint: fingerprintOf(der),
    channelBinding: channelBindingOf(der),
    warning: daysLeft < WARN_DAYS ? `the certificate expires in ${daysLeft} days` : undefined,
  };
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The identity from the files that were named, or else the one of a root's own. Throws as `loadIdentity` does. */
export async function identityFor(
  given: { readonly cert: string; readonly key: string } | undefined,
  ownFolder: string,
): Promise<Identity> {
  return given ? loadIdentity(given.cert, given.key) : await ownIdentity(ownFolder);
}

/** The identity under a root; a first start makes it. */
export async function ownIdentity(directory: string): Promise<Identity> {
  const certFile = join(directory, "cert.pem");
  const keyFile = join(directory, "key.pem");
  if (!lookAt(certFile)) await makeIdentity(directory, certFile, keyFile);
  return loadIdentity(certFile, keyFile);
}

/** Makes a self-signed ECDSA P-256 certificate for a name that no other server has. */
async function makeIdentity(directory: string, certFile: string, keyFile: string): Promise<void> {
  // Only a first start needs the library.
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = crypto.getRandomValues(new Uint8Array(16));
  // Positive and without leading zeros, as DER has integers.
  serialNumber[0] = 0x40 | (serialNumber[0]! & 0x3f);
  const name = `ftp-${serialNumber.subarray(1, 9).toHex()}.local`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber.toHex(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + VALID_YEARS * 365.25 * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      // rustls takes an end-entity certificate only when it is no authority.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
    ],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  makePrivateFolder(directory);
  // The certificate comes last: a start that was killed in between starts over.
  replaceText(keyFile, `${key}\n`);
  replaceText(certFile, `${certificate.toString("pem")}\n`);
}
