import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ScramClient, ScramServer } from "../../../protocol/login/scram.ts";
import { newNonce, saltPassword, verifierOf } from "../../../protocol/login/scram_keys.ts";
import { StatusError } from "../../../protocol/status.ts";

// The example of RFC 7677, section 3.
const CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const SALT = Uint8Array.fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
const CLIENT_FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const CLIENT_FINAL = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

/** A login without TLS as in the RFC, up to the client's proof. */
async function rfcLogin(password = "pencil") {
  const client = new ScramClient("user", undefined, CLIENT_NONCE);
  const server = new ScramServer("SCRAM-SHA-256", client.first, { binding: undefined, nonce: SERVER_NONCE });
  const challenge = server.challenge({ salt: SALT, iterations: 4096 });
  const verifier = verifierOf(await saltPassword("pencil", SALT, 4096), SALT, 4096);
  const final = client.prove(challenge, CLIENT_NONCE + SERVER_NONCE, await saltPassword(password, SALT, 4096));
  return { client, server, challenge, verifier, final };
}

Deno.test("ScramClient and ScramServer say what RFC 7677 has when the user is its example", {
  permissions: "none",
}, async () => {
  const { client, server, challenge, verifier, final } = await rfcLogin();
  assertEquals(client.first, CLIENT_FIRST);
  assertEquals(server.user, "user");
  assertEquals(challenge, SERVER_FIRST);
  assertEquals(final, CLIENT_FINAL);
  assertEquals(server.verify(final, verifier), SERVER_FINAL);
  client.verify(SERVER_FINAL);
});

Deno.test("ScramServer.verify() gives no signature when the password is wrong", { permissions: "none" }, async () => {
  const { server, verifier, final } = await rfcLogin("pencils");
  assertEquals(server.verify(final, verifier), undefined);
});

Deno.test("ScramServer.verify() gives no signature when any bit of the proof is turned", {
  permissions: "none",
}, async () => {
  const { server, verifier, final } = await rfcLogin();
  const cut = final.lastIndexOf(",p=") + 3;
  const proof = Uint8Array.fromBase64(final.slice(cut));
  for (let bit = 0; bit < 256; bit++) {
    const turned = proof.with(bit >> 3, proof[bit >> 3]! ^ 1 << (bit & 7));
    assertEquals(server.verify(final.slice(0, cut) + turned.toBase64(), verifier), undefined, `bit ${bit}`);
  }
});

Deno.test("ScramServer.verify() refuses a message that is malformed or for another nonce", {
  permissions: "none",
}, async () => {
  const { server, verifier, final } = await rfcLogin();
  const proof = final.slice(final.lastIndexOf(",p="));
  const bad = [
    "",
    "p=",
    final.slice(1),
    `c=biws,r=${CLIENT_NONCE}${proof}`,
    `c=biws,r=${CLIENT_NONCE}other${proof}`,
    `c=eSws,r=${CLIENT_NONCE}${SERVER_NONCE}${proof}`, // "y,,"
    `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},x=1${proof}`,
    final.slice(0, final.lastIndexOf(",p=")),
    `${final.slice(0, final.lastIndexOf(",p="))},p=`,
    `${final}!`,
    final.replace(/,p=.*/, `,p=${new Uint8Array(31).toBase64()}`),
    final.replace(/,p=.*/, `,p=${new Uint8Array(33).toBase64()}`),
  ];
  for (const message of bad) {
    assertEquals(assertThrows(() => server.verify(message, verifier), StatusError).code, 400, message);
  }
});

Deno.test("ScramClient.verify() refuses a server that cannot sign", { permissions: "none" }, async () => {
  const { client } = await rfcLogin();
  const wrong = `v=${new Uint8Array(32).toBase64()}`;
  for (const message of [wrong, "v=", "", "e=other-error", SERVER_FINAL.slice(0, -5), `x=1`, "v=6rriTRBi23Wp", "v=!"]) {
    assertEquals(assertThrows(() => client.verify(message), StatusError).code, 400, message);
  }
  client.verify(SERVER_FINAL);
});

Deno.test("ScramClient.verify() refuses a signature when no proof was made yet", { permissions: "none" }, () => {
  const client = new ScramClient("user", undefined, CLIENT_NONCE);
  for (const message of [SERVER_FINAL, "v="]) {
    assertEquals(assertThrows(() => client.verify(message), StatusError, "proof is wrong").code, 400);
  }
});

Deno.test(
  "ScramServer keeps commas and equals signs of a name when the client wrote them",
  { permissions: "none" },
  () => {
    for (const user of ["a,b", "a=b", "=2C", "=3D", ",=,", "=2C=3D2C"]) {
      const { first } = new ScramClient(user, undefined);
      assertEquals(new ScramServer("SCRAM-SHA-256", first, { binding: undefined }).user, user);
    }
  },
);

Deno.test("ScramServer refuses a first message that is malformed", { permissions: "none" }, () => {
  const bad = [
    "",
    "n,,",
    "n,,n=user",
    "n,,n=user,r=",
    "n,,r=abc,n=user",
    "n,a=admin,n=user,r=abc",
    "n,,m=1,n=user,r=abc",
    "n,,n=user,r=abc,x=1",
    "n,,n=user,r=a b",
    "n,,n=user,r=a\0b",
    "n=user,r=abc",
    "n,,n=us=er,r=abc", // RFC 5802, section 5.1: "=" must be followed by 2C or 3D
  ];
  for (const first of bad) {
    const make = () => new ScramServer("SCRAM-SHA-256", first, { binding: undefined });
    assertEquals(assertThrows(make, StatusError).code, 400, first);
  }
});

Deno.test("saltPassword() takes 1,024 bytes and refuses none or 1,025", { permissions: "none" }, async () => {
  const salt = (password: string) => saltPassword(password, SALT, 1).then(() => 0, (error: StatusError) => error.code);
  assertEquals(await Promise.all(["", "x", "x".repeat(1024), "x".repeat(1025), "é".repeat(513)].map(salt)), [
    411,
    0,
    0,
    411,
    411,
  ]);
});

Deno.test("saltPassword() gives one key when a password is typed composed or decomposed", {
  permissions: "none",
}, async () => {
  assertEquals(await saltPassword("caf\u00e9", SALT, 1), await saltPassword("cafe\u0301", SALT, 1));
  assertNotEquals(await saltPassword("cafe", SALT, 1), await saltPassword("Cafe", SALT, 1));
});

Deno.test("newNonce() gives 32 bytes that differ each time", { permissions: "none" }, () => {
  const nonces = Array.from({ length: 50 }, newNonce);
  assertEquals(new Set(nonces).size, 50);
  assert(nonces.every((nonce) => Uint8Array.fromBase64(nonce).length === 32));
});
