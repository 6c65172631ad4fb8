import { assert, assertEquals } from "@std/assert";
import { runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "./raw_client.ts";

type Line = Record<string, unknown>;

/** The lines of a log, each of which has to be one JSON object. */
function linesOf(log: string): Line[] {
  return log.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

Deno.test("server logs one line for each start, login, command, transfer and end of a session", async () => {
  await using server = await TestServer.start(["--log-level", "debug"]);
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const file = temp.file("a.bin", "content");
  const ran = await server.shell("alice", `put ${file}; mkdir d; rm none`);
  assertEquals(ran.code, 1, ran.stderr);
  await server.untilLogged(/"session end".*"user":"alice"/g);
  const { code, log } = await server.stop();
  assertEquals(code, 0);
  const lines = linesOf(log);
  for (const { time, level, event } of lines) {
    assertEquals(new Date(time as string).toISOString(), time);
    assert(["debug", "info", "warn", "error"].includes(level as string));
    assertEquals(typeof event, "string");
  }
  const { session } = lines.find(({ event }) => event === "login")!;
  const own = lines.filter((line) => line.session === session);
  const only = (event: string, command?: string) => {
    const found = own.filter((line) => line.event === event && line.command === command);
    assertEquals(found.length, 1, `${event} ${command}`);
    return found[0]!;
  };
  assertEquals(only("login").user, "alice");
  const put = only("transfer", "put");
  assertEquals([put.user, put.path, put.code, put.bytes], ["alice", "/a.bin", 201, 7]);
  const mkdir = only("command", "mkdir");
  assertEquals([mkdir.path, mkdir.code], ["/d", 201]);
  const end = only("session end");
  assertEquals([end.user, end.reason], ["alice", "client left"]);
  const address = only("login").address;
  assertEquals(lines.filter((line) => line.event === "session start" && line.address === address).length, 1);
});

Deno.test("server logs a reason when a session ends by a malformed frame, an absent login or a failed one", async () => {
  await using server = await TestServer.start(["--login-timeout", "1"]);
  await server.addUsers("1M", "alice");
  {
    using failing = await RawClient.connect(server);
    await failing.hello();
    assertEquals((await failing.authenticate("alice", "not it")).code, 400);
  }
  {
    using silent = await RawClient.connect(server);
    await silent.codesUntilEnd();
  }
  {
    using malformed = await RawClient.connect(server);
    await malformed.send(new Uint8Array(4));
    await malformed.codesUntilEnd();
  }
  await server.untilLogged(/"session end"/g, 3);
  const lines = linesOf((await server.stop()).log);
  assertEquals(lines.filter(({ event }) => event === "login failed").length, 1);
  const reasons = lines.filter(({ event }) => event === "session end").map(({ reason }) => reason);
  assertEquals(reasons.length, 3);
  assert(reasons.includes("login took too long"), reasons.join());
  assert(reasons.includes("Frame header is empty"), reasons.join());
});

Deno.test("server logs no password, verifier, proof or secret when it logs everything", async () => {
  using temp = new TempDir();
  const secret = "the secret of the connection";
  const file = temp.file("secret", secret);
  Deno.chmodSync(file, 0o600);
  await using server = await TestServer.start(["--log-level", "debug", "--secret-file", file]);
  const added = await runFtp(["adduser", "carol", "--password-stdin", "--root", server.root.directory], {
    stdin: "hunter2-hunter2\n",
  });
  assertEquals(added.code, 0, added.stderr);
  await server.addUsers("1M", "alice");
  const env = { FTP_PASSWORD: "hunter2-hunter2" };
  const carol = ["connect", `carol@${server.address}`, "-c", "status; quota; quit", "--secret-file", file, "--verbose"];
  const ran = await server.ftp(carol, { env });
  assertEquals(ran.code, 0, ran.stderr);
  const wrong = await server.ftp(carol, { env: { FTP_PASSWORD: "hunter3-hunter3" } });
  assertEquals(wrong.code, 4);
  const { log } = await server.stop();
  assert(log.includes('"event":"login"') && log.includes("login failed"), log);
  for (const text of [log, ran.stdout, ran.stderr, wrong.stdout, wrong.stderr]) {
    for (const word of ["hunter2", "hunter3", secret, "p=", "v=", "r=", "salt", "iterations", "mac"]) {
      assertEquals(text.includes(word), false, `"${word}" in ${text}`);
    }
  }
  // No key of the account is there in any spelling.
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(server.root.database, { readOnly: true });
  const row = database.prepare("SELECT salt, stored_key, server_key FROM users WHERE name = 'carol'").get()!;
  database.close();
  for (const value of Object.values(row) as Uint8Array[]) {
    assertEquals(log.includes(value.toHex()) || log.includes(value.toBase64()), false);
  }
  assertEquals(log.includes("PRIVATE KEY"), false);
});

Deno.test("server logs each event on one line with everything from outside escaped when names are hostile", async () => {
  for (const format of ["json", "text"]) {
    await using server = await TestServer.start(["--log-level", "debug", "--log-format", format]);
    await server.addUsers("1M", "alice");
    const forged = "x\n2026-01-01T00:00:00.000Z info  login user=root\x1b]52;c;aGk=\x07\x9b2J\u202e\u2028\r";
    {
      using client = await RawClient.login(server, "alice");
      assertEquals((await client.request("stat", { path: forged })).code, 411);
      assertEquals((await client.request("mv", { from: forged, to: `/${forged}` })).code, 411);
      assertEquals((await client.request(forged)).code, 401);
      assertEquals((await client.request("stat", { path: 'a "b" user=root c=%s{{7*7}}${x}' })).code, 402);
      await client.connection.closeWrite();
      await client.codesUntilEnd();
    }
    {
      using stranger = await RawClient.connect(server);
      await stranger.hello({ agent: forged });
      await stranger.authenticate(forged.replaceAll(",", ""), "not it");
      await stranger.connection.closeWrite();
      await stranger.codesUntilEnd();
    }
    const { log } = await server.stop();
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/.test(log), false, log);
    const lines = log.split("\n").slice(0, -1);
    assert(
      lines.every((line) => format === "json" ? line.startsWith('{"time":') : /^\d{4}-\d\d-\d\dT/.test(line)),
      log,
    );
    assertEquals(lines.filter((line) => line.startsWith("2026-01-01")).length, 0, log);
    assert(log.includes("\\u{1b}") && log.includes("{{7*7}}${x}"), log);
  }
});

Deno.test("server logs at most ten lines a second of a source when it knocks without end", async () => {
  await using server = await TestServer.start(["--max-sessions-per-ip", "1", "--no-tls"]);
  await server.addUsers("1M", "alice");
  using _only = await RawClient.login(server, "alice");
  const started = performance.now();
  for (let i = 0; i < 300; i++) {
    using knock = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await knock.read(new Uint8Array(1)).catch(() => null);
  }
  const seconds = Math.ceil((performance.now() - started) / 1000) + 1;
  const refused = linesOf((await server.stop()).log).filter(({ event }) => event === "refused");
  assert(refused.length > 0 && refused.length <= 10 * seconds, `${refused.length} lines in ${seconds} s`);
});
