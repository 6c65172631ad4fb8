import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Mechanism, ScramClient, ScramServer } from "../../../protocol/login/scram.ts";
import { saltPassword, verifierOf } from "../../../protocol/login/scram_keys.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf } from "../bytes.ts";

const BINDING = new Uint8Array(32).fill(7);
const OTHER_BINDING = new Uint8Array(32).fill(8);
const SALT = new Uint8Array(16).fill(1);
// The least that a client accepts is 100,000: the tests hand the salted password over instead of deriving it.
const ITERATIONS = 100_000;
const SALTED = await saltPassword("pencil", SALT, 1);
const VERIFIER = verifierOf(SALTED, SALT, ITERATIONS);

async function proofFor(server: ScramServer, client: ScramClient): Promise<string> {
  return await client.final(server.challenge(VERIFIER), () => Promise.resolve(SALTED));
}

Deno.test("ScramClient and ScramServer agree when both bind to one certificate", { permissions: "none" }, async () => {
  const client = new ScramClient("alice", BINDING);
  assertEquals(client.mechanism, "SCRAM-SHA-256-PLUS");
  assert(client.first.startsWith("p=tls-server-end-point,,n=alice,r="));
  const server = new ScramServer(client.mechanism, client.first, { binding: BINDING });
  const final = await proofFor(server, client);
  // c= is the header and the binding data together (RFC 5802, section 5.1).
  assert(final.startsWith(`c=${bytesOf("p=tls-server-end-point,,", BINDING).toBase64()},r=`));
  client.verify(server.verify(final, VERIFIER)!);
});

Deno.test("ScramServer.verify() refuses a proof that was made for another certificate", {
  permissions: "none",
}, async () => {
  const client = new ScramClient("alice", OTHER_BINDING);
  const server = new ScramServer(client.mechanism, client.first, { binding: BINDING });
  const final = await proofFor(server, client);
  assertEquals(assertThrows(() => server.verify(final, VERIFIER), StatusError, "channel binding").code, 400);
});

Deno.test("ScramServer.verify() gives no signature when a relay puts its own certificate into the message", {
  permissions: "none",
}, async () => {
  const client = new ScramClient("alice", OTHER_BINDING);
  const server = new ScramServer(client.mechanism, client.first, { binding: BINDING });
  const final = await proofFor(server, client);
  const rewritten = final.replace(/^c=[^,]*/, `c=${bytesOf("p=tls-server-end-point,,", BINDING).toBase64()}`);
  assertEquals(server.verify(rewritten, VERIFIER), undefined);
});

Deno.test("ScramServer refuses a login without binding when TLS is on", { permissions: "none" }, () => {
  for (const flag of ["n", "y"]) {
    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] as Mechanism[]) {
      const make = () => new ScramServer(mechanism, `${flag},,n=alice,r=abc`, { binding: BINDING });
      assertEquals(assertThrows(make, StatusError, "Login message not valid").code, 400);
    }
  }
});

Deno.test("ScramServer refuses a binding it does not have and a mechanism that does not fit", {
  permissions: "none",
}, () => {
  const cases: [Mechanism, string, Uint8Array | undefined][] = [
    ["SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=alice,r=abc", undefined],
    ["SCRAM-SHA-256", "p=tls-server-end-point,,n=alice,r=abc", BINDING],
    ["SCRAM-SHA-256-PLUS", "p=tls-unique,,n=alice,r=abc", BINDING],
    ["SCRAM-SHA-256-PLUS", "P=tls-server-end-point,,n=alice,r=abc", BINDING],
    ["SCRAM-SHA-256-PLUS", "n,,n=alice,r=abc", undefined],
    ["SCRAM-SHA-256", "y,,n=alice,r=abc", undefined],
  ];
  for (const [mechanism, first, binding] of cases) {
    const make = () => new ScramServer(mechanism, first, { binding });
    assertEquals(assertThrows(make, StatusError, "Login message not valid").code, 400, first);
  }
});

Deno.test("ScramServer.verify() refuses the proof of an earlier login when it is replayed", {
  permissions: "none",
}, async () => {
  const client = new ScramClient("alice", BINDING);
  const first = new ScramServer(client.mechanism, client.first, { binding: BINDING });
  const final = await proofFor(first, client);
  const second = new ScramServer(client.mechanism, client.first, { binding: BINDING });
  second.challenge(VERIFIER);
  assertEquals(assertThrows(() => second.verify(final, VERIFIER), StatusError, "nonce").code, 400);
});

/** What a server adds to the client's nonce. */
const ADDED = "x".repeat(24);

/** What a client says to a challenge, and whether it went as far as to ask for the password. */
async function answer(challenge: (nonce: string) => string): Promise<{ code: number; asked: boolean }> {
  const client = new ScramClient("alice", undefined, "abc");
  let asked = false;
  const salted = () => (asked = true, Promise.resolve(SALTED));
  const code = await client.final(challenge("abc"), salted).then(() => 0, (error: StatusError) => error.code);
  return { code, asked };
}

Deno.test("ScramClient.final() takes 100,000 to 10,000,000 iterations and nothing outside", {
  permissions: "none",
}, async () => {
  const salt = SALT.toBase64();
  for (const count of ["100000", "600000", "10000000"]) {
    assertEquals(await answer((nonce) => `r=${nonce}${ADDED},s=${salt},i=${count}`), { code: 0, asked: true }, count);
  }
  const bad = ["99999", "4096", "1", "0", "-1", "10000001", "1073741824", "", "NaN", "1e400", "Infinity"];
  // Whole decimal numbers only (RFC 5802, section 7: posit-number).
  for (const count of [...bad, "600000.5", "6e5", "0x927c0", " 600000", "0600000"]) {
    assertEquals(
      await answer((nonce) => `r=${nonce}${ADDED},s=${salt},i=${count}`),
      { code: 400, asked: false },
      count,
    );
  }
});

Deno.test("ScramClient.final() never asks for the password when the challenge is not valid", {
  permissions: "none",
}, async () => {
  const salt = SALT.toBase64();
  const challenges = [
    () => "",
    (nonce: string) => `r=${nonce},s=${salt},i=600000`, // nothing added by the server
    () => `r=other,s=${salt},i=600000`,
    () => `s=${salt},i=600000`,
    (nonce: string) => `r=${nonce}${ADDED},s=${salt}`,
    (nonce: string) => `r=${nonce}${ADDED},s=!!,i=600000`,
    (nonce: string) => `r=${nonce}${ADDED},s=${salt},i=600000,i=100000`,
    (nonce: string) => `m=ext,r=${nonce}${ADDED},s=${salt},i=600000`,
    (nonce: string) => `r=${nonce}${ADDED},,s=${salt},i=600000`,
    () => "e=unknown-user",
  ];
  for (const challenge of challenges) {
    assertEquals(await answer(challenge), { code: 400, asked: false }, challenge("abc"));
  }
});

Deno.test("ScramClient.final() refuses a challenge without a salt", { permissions: "none" }, async () => {
  // Without a salt, what an impostor collects could be looked up in a table made beforehand.
  for (const challenge of ["r=abcx,i=600000", "r=abcx,s=,i=600000"]) {
    const client = new ScramClient("alice", undefined, "abc");
    const error = await assertRejects(() => client.final(challenge, () => Promise.resolve(SALTED)), StatusError);
    assertEquals(error.code, 400);
  }
});

Deno.test("row 26: both sides take nonces of 18 random bytes' worth and refuse shorter ones", {
  permissions: "none",
}, async () => {
  const salt = SALT.toBase64();
  for (const [length, code] of [[24, 0], [23, 400], [1, 400]] as const) {
    const challenge = (nonce: string) => `r=${nonce}${"x".repeat(length)},s=${salt},i=600000`;
    assertEquals(await answer(challenge), { code, asked: code === 0 }, `${length}`);
    const first = `n,,n=alice,r=${"x".repeat(length)}`;
    const serve = () => new ScramServer("SCRAM-SHA-256", first, { binding: undefined });
    if (code === 0) serve();
    else assertEquals(assertThrows(serve, StatusError, "nonce").code, code);
  }
});
