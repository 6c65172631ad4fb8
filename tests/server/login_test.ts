import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../protocol/message/commands.ts";
import { ScramClient } from "../../protocol/login/scram.ts";
import { saltPassword } from "../../protocol/login/scram_keys.ts";
import { PASSWORD } from "../harness.ts";
import { runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "./raw_client.ts";
import { SourceRelay } from "./relay.ts";

Deno.test("server ends the connection without a word when the client asks for no protocol or another", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const alpn of [[], ["h2"], ["http/1.1", "h2"]]) {
    let heard: unknown;
    try {
      using client = await RawClient.connect(server, { alpn });
      heard = await client.hello();
    } catch {
      // It was refused in the handshake already.
      heard = {};
    }
    assertEquals(heard, {}, alpn.join());
  }
  using client = await RawClient.login(server, "alice");
  assertEquals((await client.request("ping")).code, 201);
});

Deno.test("session refuses and ends when HTTP, TLS or a proxy's line comes inside", async () => {
  for (const options of [[], ["--no-tls"]]) {
    await using server = await TestServer.start(options);
    await server.addUsers("1M", "alice");
    const texts = [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n",
      "\x16\x03\x01\x02\x00\x01",
    ];
    for (const [index, text] of texts.entries()) {
      await using relay = await SourceRelay.start(server.port, `127.0.1.${index + 1}`);
      using client = await RawClient.connect(server, { port: relay.port });
      await client.send(new TextEncoder().encode(text));
      const codes = await client.codesUntilEnd();
      assert(codes.every((code) => code === 413), JSON.stringify(codes));
    }
    using client = await RawClient.login(server, "alice");
    assertEquals((await client.request("ping")).code, 201);
  }
});

Deno.test("session answers 400 and does nothing when a command comes before login", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  Deno.writeTextFileSync(`${server.home("alice")}/a`, "kept");
  const file = { path: "/a", from: "/a", to: "/b", size: 1, recursive: true };
  const names = [...Object.keys(COMMANDS), "proof"];
  const groups = Array.from({ length: Math.ceil(names.length / 3) }, (_, i) => names.slice(3 * i, 3 * i + 3));
  await Promise.all(groups.map(async (group, index) => {
    await using relay = await SourceRelay.start(server.port, `127.0.2.${index + 1}`);
    using client = await RawClient.connect(server, { port: relay.port });
    await client.hello();
    for (const name of group) assertEquals((await client.request(name, file)).code, 400, name);
  }));
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name), ["a"]);
  assertEquals(Deno.readTextFileSync(`${server.home("alice")}/a`), "kept");
  assertEquals(server.used("alice"), 0);
});

Deno.test("login says the same when the password is wrong and when there is no such user", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const env = { FTP_PASSWORD: "not the password" };
  const wrong = await server.ftp(["connect", `alice@${server.address}`, "-c", "ls"], { env });
  const unknown = await server.ftp(["connect", `nobody@${server.address}`, "-c", "ls"], { env });
  assertEquals([wrong.code, unknown.code], [4, 4]);
  assertEquals(wrong.stderr, unknown.stderr);
  assertStringIncludes(wrong.stderr, "ftp: 400 ");
});

Deno.test("login challenges an unknown user alike and with the same salt each time when asked again", async () => {
  await using server = await TestServer.start();
  // An account as the program makes it: with all rounds of PBKDF2.
  const made = ["adduser", "alice", "--root", server.root.directory, "--password-stdin"];
  assertEquals((await runFtp(made, { stdin: PASSWORD })).code, 0);
  const ask = async (user: string) => {
    using client = await RawClient.connect(server);
    await client.hello();
    const { mechanism, first } = new ScramClient(user, client.binding);
    const { code, scram, ...rest } = await client.request("auth", { mechanism, scram: first });
    const [, salt, iterations] = (scram as string).split(/,s=|,i=/);
    return { code, fields: Object.keys(rest).join(), salt, iterations, saltLength: salt!.length };
  };
  const [known, nobody, again] = [await ask("alice"), await ask("nobody"), await ask("NOBODY")];
  assertEquals(nobody, again);
  assertEquals({ ...known, salt: "" }, { ...nobody, salt: "" });
});

Deno.test("login fails when the channel binding is stripped, doubted or of another certificate", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const first = (header: string) => `${header},,n=alice,r=abcdefghijkl`;
  const attempts: [mechanism: string, scram: string][] = [
    ["SCRAM-SHA-256", first("n")],
    ["SCRAM-SHA-256", first("y")],
    ["SCRAM-SHA-256", first("p=tls-server-end-point")],
    ["SCRAM-SHA-256-PLUS", first("n")],
    ["SCRAM-SHA-256-PLUS", first("y")],
    ["SCRAM-SHA-256-PLUS", first("p=tls-unique")],
  ];
  await Promise.all(attempts.map(async ([mechanism, scram], index) => {
    await using relay = await SourceRelay.start(server.port, `127.0.4.${index + 1}`);
    using client = await RawClient.connect(server, { port: relay.port });
    await client.hello();
    assertEquals((await client.request("auth", { mechanism, scram })).code, 400, `${mechanism} ${scram}`);
  }));
  using client = await RawClient.connect(server);
  await client.hello();
  const { code } = await client.authenticate("alice", PASSWORD, new Uint8Array(32));
  assertEquals(code, 400);
});

Deno.test("login fails when a proof is replayed on another connection", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using owner = await RawClient.connect(server);
  await owner.hello();
  const scram = new ScramClient("alice", owner.binding, "c2FtZSBub25jZSBlYWNoIHRpbWU=");
  const auth = { mechanism: scram.mechanism, scram: scram.first };
  const challenge = (await owner.request("auth", auth)).scram as string;
  const proof = await scram.final(challenge, (salt, iterations) => saltPassword(PASSWORD, salt, iterations));
  assertEquals((await owner.request("proof", { scram: proof })).code, 200);
  using thief = await RawClient.connect(server);
  await thief.hello();
  assertEquals((await thief.request("auth", auth)).code, 201);
  assertEquals((await thief.request("proof", { scram: proof })).code, 400);
  assertEquals((await thief.request("ping")).code, 400);
});
