import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { SourceNames } from "../../client/transfer/source_names.ts";
import { fullLimits } from "../../protocol/frame/frame.ts";
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { message } from "../../protocol/message/messages.ts";
import { greet, SecretError } from "../../server/native/greeting.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { ScriptedConnection } from "../protocol/frame/scripted_connection.ts";
import { FakeServer, sayHello } from "../server/fake_server.ts";
import { RawClient, rawFrame } from "../server/raw_client.ts";
import { SourceRelay } from "../server/relay.ts";
import { HostileServer } from "../tree/hostile_server.ts";
import { assertRan, failuresOf, listed, makeTree, namesOf } from "../tree/kit.ts";

const SHORT_NONCE = "YWJj";

Deno.test("row 26: a request that names two commands does neither and ends the connection", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  await server.addUsers("1M", "alice");
  Deno.writeTextFileSync(join(server.home("alice"), "x"), "x");
  const frames = [
    '{"type":"request","id":9,"command":"ls","command":"rm","path":"/x"}',
    String.raw`{"type":"request","id":9,"command":"ls","c\u006fmmand":"rm","path":"/x"}`,
    '{"type":"request","id":9,"command":"rm","path":"/x","path":"/y"}',
    '{"type":"request","id":9,"command":"ping","body":0,"body":0}',
  ];
  for (const [at, frame] of frames.entries()) {
    await using relay = await SourceRelay.start(server.port, `127.0.0.${at + 2}`);
    using client = await RawClient.login(server, "alice", { port: relay.port });
    await client.send(rawFrame(frame));
    assertEquals(await client.codesUntilEnd(), [401], frame);
  }
  assertEquals(namesOf(server.home("alice")), ["x"]);
});

Deno.test("row 26: a hello with a short nonce is refused by both sides", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  for (const [at, nonce] of [SHORT_NONCE, "", "A".repeat(43), `${"A".repeat(42)}B=`, "A".repeat(64)].entries()) {
    await using relay = await SourceRelay.start(server.port, `127.0.0.${at + 2}`);
    using client = await RawClient.connect(server, { port: relay.port });
    assertEquals((await client.hello({ nonce })).code, 401, nonce);
  }
  await using fake = await FakeServer.start((channel) => sayHello(channel, { nonce: SHORT_NONCE }), { tls: false });
  const ran = await fake.shell("pwd");
  assertEquals([ran.code, /Field "nonce" must be 32 bytes in base64/.test(ran.stderr)], [3, true], ran.stderr);
});

Deno.test("row 26: a server with a connection secret says nothing to a client that has not proved it", async () => {
  const nonce = new Uint8Array(32).toBase64();
  const door = { channelBinding: undefined, secret: new Uint8Array(32), agent: "test" };
  const hello = { type: "hello", version: 1, nonce, agent: "raw" };
  const first: [what: string, bytes: Uint8Array][] = [
    ["no JSON", rawFrame("hello")],
    ["a request", rawFrame('{"type":"request","id":1,"command":"ping"}')],
    ["a failure", rawFrame('{"type":"reply","code":503,"message":"you tell me"}')],
    ["no version", rawFrame(JSON.stringify({ ...hello, version: undefined }))],
    ["a short nonce", rawFrame(JSON.stringify({ ...hello, nonce: SHORT_NONCE }))],
    ["a header that is too large", new Uint8Array([0xff, 0xff, 0xff, 0xff])],
    ["a header of nothing", new Uint8Array(4)],
    ["a field twice", rawFrame(`{"type":"hello","type":"hello","version":1,"nonce":"${nonce}","agent":"raw"}`)],
  ];
  for (const [what, bytes] of first) {
    const connection = new ScriptedConnection();
    const channel = new FrameChannel(connection, { headerBytes: 4_096, bodyBytes: 0 });
    connection.sayBytes(bytes);
    const error = await assertRejects(() => greet(channel, door), SecretError);
    assert(error.cause instanceof Error, what);
    await channel.finish();
    assertEquals(connection.types, [], what);
  }
  // Nor is the version told to somebody without the secret.
  const connection = new ScriptedConnection();
  const channel = new FrameChannel(connection, fullLimits());
  const greeting = assertRejects(() => greet(channel, door), SecretError);
  connection.say({ ...hello, version: 7 });
  await connection.heard("challenge");
  connection.say({ type: "proof", mac: "0".repeat(64) });
  await greeting;
  await channel.finish();
  assertEquals(connection.types, [["challenge"]]);
});

Deno.test("row 26: a malformed first frame is penalised and not answered where there is a connection secret", async () => {
  using temp = new TempDir();
  const file = temp.file("secret", "a secret of this server\n");
  Deno.chmodSync(file, 0o600);
  await using server = await TestServer.start(["--no-tls", "--secret-file", file]);
  {
    using client = await RawClient.connect(server);
    await client.send(rawFrame('{"type":"request"}'));
    assertEquals(await client.codesUntilEnd(), []);
  }
  await server.untilLogged(/session end/g);
  using again = await RawClient.connect(server);
  assertEquals(await again.hello(), {});
  assertStringIncludes((await server.stop()).log, '"reason":"penalty"');
});

Deno.test("row 26: a get, fetch or store whose reply names something else is not taken for done", async () => {
  using temp = new TempDir();
  const tree = [listed("a", "file", 4)];
  const get = new TextEncoder().encode("evil");
  const source = makeTree(temp.join("source"), { a: "evil" });
  const runs: [what: string, said: Record<string, unknown>, args: string[]][] = [
    ["get", { sha256: "0".repeat(64) }, ["get", "REMOTE:file", temp.join("got")]],
    ["get", { size: 5 }, ["get", "REMOTE:file", temp.join("got")]],
    ["fetch", { files: 2 }, ["get", "-r", "REMOTE:", temp.join("tree")]],
    ["fetch", { bytes: 5 }, ["get", "-r", "REMOTE:", temp.join("tree")]],
    ["store", { files: 1, bytes: 5 }, ["sync", source, "REMOTE:"]],
    ["store", { files: 0, bytes: 0 }, ["sync", source, "REMOTE:"]],
  ];
  for (const [what, said, args] of runs) {
    await using server = await HostileServer.start({ tree: what === "fetch" ? tree : [], get, said });
    const ran = await server.run(args);
    assertEquals(ran.code, 6, `${what} ${JSON.stringify(said)}: ${ran.stderr}`);
    assertEquals(failuresOf(ran).map((line) => line.slice(0, 3)), ["409"], what);
  }
  // Nothing of it is here, nor is a part of it.
  assertEquals(namesOf(temp.path).filter((name) => !name.startsWith("source")), ["tree/"]);
});

Deno.test("row 26: a server that sends another frame than is due is told off, and no command hangs", async () => {
  using temp = new TempDir();
  for (const accept of [{ code: 404 }, { type: "data" }]) {
    await using server = await HostileServer.start({ tree: [], get: new Uint8Array(4), accept });
    assertRan(await server.run(["get", "REMOTE:file", temp.join("got")]), 1);
  }
  await using fake = await FakeServer.start(async (channel) => {
    await sayHello(channel, { mechanisms: ["SCRAM-SHA-256"] });
    const { header } = (await channel.receive())!;
    await channel.send(message({ type: "accept", id: header.id, code: 201, scram: "r=x,s=x,i=1" }));
    await channel.receive();
  }, { tls: false });
  const ran = await fake.shell("pwd");
  assertStringIncludes(ran.stderr, "answered another request");
});

Deno.test("row 26: an upload is named with a key of this client, and all its programs have the same one", async () => {
  using temp = new TempDir();
  const file = temp.file("file", "content");
  const info = Deno.statSync(file);
  const state = temp.join("state", "ftp");
  const module = fromFileUrl(new URL("../../client/transfer/source_names.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const code = `const { SourceNames } = await import("file://${module}");` +
    `console.log(new SourceNames(Deno.args[0]).of(Deno.args[1], Deno.statSync(Deno.args[1])))`;
  const script = temp.file("script.ts", code);
  // All of them start at once, where there is no key yet.
  const names = await Promise.all([1, 2, 3].map(async () => {
    const args = ["run", "--quiet", "-A", "--no-check", "--config", config, script, state, file];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
    return new TextDecoder().decode(stdout).trim();
  }));
  assertEquals(new Set(names).size, 1, names.join());
  assertEquals(new SourceNames(state).of(file, info), names[0]);
  const key = join(state, "source-key");
  assertEquals(namesOf(state), ["source-key"]);
  assertEquals([Deno.statSync(key).size, (Deno.statSync(key).mode ?? 0o600) & 0o777], [32, 0o600]);
  // Another client has other names, and so has one that can keep no key.
  const others = [temp.join("other"), undefined, temp.join("file", "no folder")].map((folder) =>
    new SourceNames(folder)
  );
  const all = [...names.slice(0, 1), ...others.map((other) => other.of(file, info))];
  assertEquals(new Set(all).size, 4);
  for (const other of others) assertEquals(other.of(file, info), other.of(file, info));
  // What a crash left is made anew.
  Deno.writeFileSync(key, new Uint8Array(3));
  const anew = new SourceNames(state).of(file, info);
  assertEquals([anew === names[0], new SourceNames(state).of(file, info) === anew], [false, true]);
});

Deno.test("row 26: another spelling of a host is no first contact", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const host of ["127.0.0.1", "127.1", "0x7f.1"]) {
    assertRan(await server.ftp(["ls", `alice@${host}:${server.port}:`]), 0);
  }
  const pins = Deno.readTextFileSync(join(server.root.directory, "known_hosts")).trim().split("\n");
  assertEquals(pins.map((line) => line.split(" ")[0]), [`127.0.0.1:${server.port}`]);
});
