import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { saltPassword, type Verifier, verifierOf } from "../../../protocol/login/scram_keys.ts";
import { StatusError } from "../../../protocol/status.ts";
import { Log } from "../../../server/log/log.ts";
import { LoginGate } from "../../../server/sessions/login_gate.ts";
import { FakeCredentials } from "../../../users/credentials.ts";
import { TempDatabase } from "../../users/open_temp.ts";

const ROUNDS = 1_000;
const SALT = new Uint8Array(16).fill(7);
const SOURCE = "192.0.2.1";

async function verifierFor(password: string): Promise<Verifier> {
  return verifierOf(await saltPassword(password, SALT, ROUNDS), SALT, ROUNDS);
}

/** A gate with one account, and the lines that it logs. */
async function gateOf(temp: TempDatabase) {
  temp.accounts.add("alice", await verifierFor("right password"), null);
  const lines: string[] = [];
  const log = new Log({ format: "text", level: "info", write: (line) => lines.push(line) });
  return { gate: new LoginGate(temp.accounts, { fakes: new FakeCredentials(temp.database), log }), lines };
}

async function codeOf(work: Promise<unknown>): Promise<number> {
  return (await assertRejects(() => work, StatusError)).code;
}

Deno.test("withPassword() lets in who has the password, in any case of the name, and nobody else", async () => {
  using temp = new TempDatabase();
  const { gate } = await gateOf(temp);
  const { name } = await gate.withPassword("ALICE", { password: "right password", source: SOURCE });
  assertEquals(name, "alice");
  assertEquals(await codeOf(gate.withPassword("alice", { password: "wrong", source: SOURCE })), 400);
  assertEquals(await codeOf(gate.withPassword("no name!", { password: "wrong", source: SOURCE })), 400);
});

Deno.test("begin() gives an unknown name a verifier that stays the same, so that it looks like an account", async () => {
  using temp = new TempDatabase();
  const { gate } = await gateOf(temp);
  const [first, again, other] = ["nobody", "NOBODY", "somebody"].map((name) => gate.begin(name, SOURCE));
  assertEquals([first!.account, first!.verifier], [undefined, again!.verifier]);
  assertNotEquals(first!.verifier.salt, other!.verifier.salt);
});

Deno.test("settle() refuses a name without an account also when something was proved", async () => {
  using temp = new TempDatabase();
  const { gate } = await gateOf(temp);
  const error = assertThrows(() => gate.settle(gate.begin("nobody", SOURCE), { isProved: true }), StatusError);
  assertEquals([error.code, error.message], [400, "Authentication failed"]);
});

Deno.test("checkWait() makes a guesser wait after five failures, but not a source that has logged in before", async () => {
  using temp = new TempDatabase();
  const { gate } = await gateOf(temp);
  gate.settle(gate.begin("alice", SOURCE), { isProved: true });
  const guess = gate.begin("alice", "198.51.100.9");
  for (let i = 0; i < 5; i++) {
    gate.checkWait(guess);
    assertThrows(() => gate.settle(guess, { isProved: false }), StatusError);
  }
  assertEquals(assertThrows(() => gate.checkWait(guess), StatusError).code, 429);
  gate.checkWait(gate.begin("alice", SOURCE));
  const password = { password: "right password", source: guess.source };
  assertEquals(await codeOf(gate.withPassword("alice", password)), 429);
});

Deno.test("settle() raises an alarm in the log at the hundredth failure of a name", async () => {
  using temp = new TempDatabase();
  const { gate, lines } = await gateOf(temp);
  const guess = gate.begin("alice", SOURCE);
  const fail = () => assertThrows(() => gate.settle(guess, { isProved: false }), StatusError);
  for (let i = 0; i < 99; i++) fail();
  assertEquals(lines, []);
  fail();
  assertEquals(lines.map((line) => line.replace(/^\S+ /, "")), [`warn  guessing user=alice source=${SOURCE}`]);
});
