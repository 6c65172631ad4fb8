import { assert, assertEquals, assertMatch } from "@std/assert";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "../server/raw_client.ts";
import { Admission } from "../../server/sessions/admission.ts";
import { Notices } from "../../server/notices.ts";

const WAIT = /^ftp: 429 Too many failed logins from this address; try again in \d+ seconds\n$/;

/** Guesses until the address has to wait. */
async function guess(server: TestServer): Promise<void> {
  for (let connections = 0; connections < 2; connections++) {
    using client = await RawClient.connect(server);
    await client.hello();
    for (let tries = 0; tries < 3; tries++) await client.authenticate("alice", "not it");
    await client.codesUntilEnd();
  }
}

Deno.test("row 22: an address that has to wait hears 429 and for how long, also with the right password", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  await guess(server);
  const { code, stdout, stderr } = await server.shell("alice", "pwd");
  assertEquals([code, stdout], [3, ""], stderr);
  assertMatch(stderr, WAIT);
  // A program is told the same, and no login was tried.
  const json = await server.shell("alice", "pwd", ["--json"]);
  assertEquals(JSON.parse(json.stdout).code, 429);
  {
    using client = await RawClient.connect(server);
    const { type, code, message } = await client.hello();
    assertEquals([type, code], ["reply", 429]);
    assertMatch(message as string, /^Too many failed logins from this address; try again in \d+ seconds$/);
    assertEquals(await client.receive(), undefined);
  }
  const { log } = await server.stop();
  assertEquals(log.match(/"event":"login failed"/g)?.length, 6);
});

Deno.test("row 22: an address with too many sessions hears that", async () => {
  await using server = await TestServer.start(["--max-sessions-per-ip", "1"]);
  await server.addUsers("1M", "alice");
  using _only = await RawClient.login(server, "alice");
  const { code, stderr } = await server.shell("alice", "pwd");
  assertEquals(code, 3);
  assertMatch(
    stderr,
    /^ftp: 503 No session with .*: This address has 1 session open, as many as it may; try again later\n$/,
  );
});

Deno.test("row 22: a server that demands a secret says nothing to an address that has to wait", async () => {
  using temp = new TempDir();
  const file = temp.file("secret", "the secret of the connection");
  Deno.chmodSync(file, 0o600);
  await using server = await TestServer.start(["--secret-file", file]);
  for (let tries = 0; tries < 4; tries++) {
    using client = await RawClient.connect(server);
    assertEquals((await client.hello()).type, "challenge");
    await client.sendFrame({ type: "proof", mac: "0".repeat(64) });
    assertEquals(await client.receive(), undefined);
  }
  const said = await RawClient.connect(server).then(async (client) => {
    using _client = client;
    return await client.hello();
  }).catch(() => ({}));
  assertEquals(said, {});
});

Deno.test("row 22: Notices answers a few, and nobody who does not listen", () => {
  let now = 1_000;
  const notices = new Notices(() => now);
  const taken = Array.from({ length: 10 }, () => notices.take("a"));
  assertEquals(taken.filter((notice) => notice).length, 8);
  for (const notice of taken) notice?.end({ isDeaf: false });
  assertEquals(notices.take("a"), undefined);
  now += 1_000;
  notices.take("a")!.end({ isDeaf: true });
  assertEquals(notices.take("a"), undefined);
  now += 60_000;
  assert(notices.take("a"));
  // All together there are not many at a time.
  const others = Array.from({ length: 40 }, (_, at) => notices.take(`b${at}`));
  assertEquals(others.filter((notice) => notice).length, 15);
});

Deno.test("row 22: Admission says for how long an address has to wait, and for what", () => {
  let now = 0;
  const limits = { maxSessions: 9, maxSessionsPerIp: 9, startups: [9, 30, 9] as const };
  const admission = new Admission(limits, { now: () => now, random: () => 1 });
  const refusal = () => {
    const ticket = admission.admit("a");
    if (!("refused" in ticket)) return "in";
    return ticket.refused.reply.message;
  };
  const ticket = admission.admit("a");
  assert(!("refused" in ticket));
  for (let tries = 0; tries < 4; tries++) ticket.penalise("bad proof");
  ticket.penalise("no login");
  assertEquals(refusal(), "Too many failed logins from this address; try again in 7 seconds");
  now += 6_500;
  assertEquals(refusal(), "in");
  now += 60_000;
  ticket.penalise("malformed frame");
  assertEquals(refusal(), "Too many connections that went wrong from this address; try again in 76 seconds");
});
