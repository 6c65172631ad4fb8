import { assertEquals, assertStringIncludes } from "@std/assert";
import { channelBindingOf, derOf, fingerprintOf, pemOf } from "../../../protocol/login/certificate.ts";
import { bytesOf, type Part } from "../bytes.ts";

/** A DER element; long lengths take two bytes. */
function der(tag: number, ...content: Part[]): Uint8Array {
  const bytes = bytesOf(...content);
  const length = bytes.length < 0x80 ? [bytes.length] : [0x82, bytes.length >> 8, bytes.length & 0xff];
  return bytesOf([tag, ...length], bytes);
}

/** The skeleton of a certificate: { to be signed, { signature algorithm }, signature }. */
function certificate(oid: string, signedBytes: number): Uint8Array {
  const algorithm = der(0x30, der(0x06, Uint8Array.fromHex(oid)), [0x05, 0x00]);
  return der(0x30, der(0x30, new Uint8Array(signedBytes)), algorithm, der(0x03, new Uint8Array(65)));
}

async function digest(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, bytes.slice()));
}

Deno.test("fingerprintOf() is SHA-256 of the certificate in lower-case digits", { permissions: "none" }, () => {
  assertEquals(
    fingerprintOf(bytesOf("abc")),
    "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("channelBindingOf() hashes as the signature algorithm does, and MD5 and SHA-1 as SHA-256", {
  permissions: "none",
}, async () => {
  const rows: [string, string, string][] = [
    ["ecdsa-with-SHA256", "2a8648ce3d040302", "SHA-256"],
    ["ecdsa-with-SHA384", "2a8648ce3d040303", "SHA-384"],
    ["ecdsa-with-SHA512", "2a8648ce3d040304", "SHA-512"],
    ["sha256WithRSAEncryption", "2a864886f70d01010b", "SHA-256"],
    ["sha384WithRSAEncryption", "2a864886f70d01010c", "SHA-384"],
    ["sha512WithRSAEncryption", "2a864886f70d01010d", "SHA-512"],
    ["sha1WithRSAEncryption", "2a864886f70d010105", "SHA-256"],
    ["md5WithRSAEncryption", "2a864886f70d010104", "SHA-256"],
    ["ed25519", "2b6570", "SHA-256"],
  ];
  for (const [name, oid, hash] of rows) {
    // Short and long DER lengths.
    for (const signedBytes of [3, 200, 300]) {
      const bytes = certificate(oid, signedBytes);
      assertEquals(channelBindingOf(bytes), await digest(hash, bytes), `${name}, ${signedBytes}`);
    }
  }
});

Deno.test(
  "channelBindingOf() hashes with SHA-256 when the bytes are no certificate",
  { permissions: "none" },
  async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x30), new Uint8Array(64).fill(0xff), bytesOf("hello")]) {
      assertEquals(channelBindingOf(bytes), await digest("SHA-256", bytes));
    }
  },
);

Deno.test("pemOf() writes lines of 64 characters and derOf() reads them back", { permissions: "none" }, () => {
  for (const length of [1, 48, 49, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
    const pem = pemOf(bytes);
    const lines = pem.split("\n");
    assertEquals(lines[0], "-----BEGIN CERTIFICATE-----");
    assertEquals(lines.slice(1, -3).every((line) => line.length === 64), true);
    assertEquals(derOf(pem), bytes);
    assertEquals(derOf(pem.replaceAll("\n", "\r\n")), bytes);
  }
});

Deno.test("derOf() takes the first certificate of a chain and nothing from a key", { permissions: "none" }, () => {
  const chain = `a comment\n${pemOf(Uint8Array.of(1))}${pemOf(Uint8Array.of(2))}`;
  assertEquals(derOf(chain), Uint8Array.of(1));
  assertStringIncludes(chain, "AQ==");
  for (const text of ["", "hello", pemOf(Uint8Array.of(1)).replaceAll("CERTIFICATE", "PRIVATE KEY")]) {
    assertEquals(derOf(text), undefined);
  }
});
