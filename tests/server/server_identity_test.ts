import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { message } from "../../protocol/message/messages.ts";
import { type Ran } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { challenge, FakeServer, sayHello } from "./fake_server.ts";

/** One line on stderr that starts with a code. */
function assertOneLine({ stderr }: Ran, code: string): void {
  assert(new RegExp(`^ftp: ${code} [^\n]+\n$`).test(stderr), stderr);
}

for (
  const [what, scram] of [["without a proof", ""], ["with an empty proof", "v="], [
    "with a wrong proof",
    `v=${"A".repeat(43)}=`,
  ]]
) {
  Deno.test(`login fails and nothing more is said when the server agrees ${what}`, async () => {
    await using server = await FakeServer.start(async (channel) => {
      await sayHello(channel);
      const proof = (await challenge(channel, 600_000))!.header;
      const reply = { type: "reply", id: proof.id, code: 200, message: "Authenticated", user: "alice", session: "x" };
      await channel.send(message({ ...reply, scram }));
      while (await channel.receive());
    });
    const ran = await server.shell("put /etc/hostname secret-name");
    assertEquals(ran.code, 4, ran.stderr);
    assertOneLine(ran, "400");
    assertEquals(server.heard.map(({ type, command }) => command ?? type), ["hello", "auth", "proof"]);
    assertEquals(server.hasPinned(), false);
  });
}

Deno.test("login fails and nothing more is said when the server leaves its proof out", async () => {
  await using server = await FakeServer.start(async (channel) => {
    await sayHello(channel);
    const proof = (await challenge(channel, 600_000))!.header;
    await channel.send(message({ type: "reply", id: proof.id, code: 200, user: "alice", session: "x" }));
    while (await channel.receive());
  });
  const ran = await server.shell("ls");
  assertNotEquals(ran.code, 0);
  assertEquals(server.heard.length, 3);
  assertEquals(server.hasPinned(), false);
});

Deno.test("login refuses and sends no proof when the server asks for too little or too much work", async () => {
  for (const iterations of [1, 4_096, 2 ** 30, -1, "", "6e5x"]) {
    await using server = await FakeServer.start(async (channel) => {
      await sayHello(channel);
      await challenge(channel, iterations);
      while (await channel.receive());
    });
    const ran = await server.shell("ls");
    assertEquals(ran.code, 4, `${iterations}: ${ran.stderr}`);
    assertOneLine(ran, "400");
    assertEquals(server.heard.map(({ type, command }) => command ?? type), ["hello", "auth"]);
  }
});

Deno.test("login stops before its first message when the server offers no mechanism with channel binding", async () => {
  await using server = await FakeServer.start(async (channel) => {
    await sayHello(channel, { mechanisms: ["SCRAM-SHA-256", "PLAIN"] });
    while (await channel.receive());
  });
  const ran = await server.shell("ls");
  assertEquals(ran.code, 3, ran.stderr);
  assertEquals(server.heard.map(({ type }) => type), ["hello"]);
});

Deno.test("login fails and nothing is pinned when somebody is in the middle at first contact", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  await using middle = await FakeServer.raw(async (near) => {
    const hostname = "127.0.0.1";
    const far = await Deno.connectTls({
      hostname,
      port: server.port,
      caCerts: [Deno.readTextFileSync(`${server.root.tls}/cert.pem`)],
      alpnProtocols: ["ftp/1"],
      unsafelyDisableHostnameVerification: true,
    });
    await Promise.allSettled([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
  });
  const ran = await server.ftp(["connect", `alice@127.0.0.1:${middle.port}`, "-c", "ls"]);
  assertEquals(ran.code, 4, ran.stderr);
  assertOneLine(ran, "400");
  assertEquals(pins(server), "");
  const direct = await server.shell("alice", "ls");
  assertEquals(direct.code, 0, direct.stderr);
  assertStringIncludes(pins(server), server.fingerprint!);
});

function pins(server: TestServer): string {
  try {
    return Deno.readTextFileSync(`${server.root.directory}/known_hosts`);
  } catch {
    return "";
  }
}

Deno.test("dial() stops with an explanation when the server's certificate has changed", async () => {
  using temp = new TempDir();
  const run = (server: TestServer) => server.ftp(["connect", `alice@${server.address}`, "-c", "pwd"]);
  let port: string;
  let before: string;
  {
    // Of its own: the end of a process frees its port at once.
    await using server = await TestServer.start([], temp.join("root"), { process: true });
    await server.addUsers("1M", "alice");
    assertEquals((await run(server)).code, 0);
    [port, before] = [String(server.port), server.fingerprint!];
    assertEquals((await server.stop()).code, 0);
  }
  Deno.removeSync(temp.join("root", "tls"), { recursive: true });
  await using server = await TestServer.start(["--port", port], temp.join("root"), { fresh: true });
  assertNotEquals(server.fingerprint, before);
  const ran = await run(server);
  assertEquals(ran.code, 3, ran.stderr);
  for (const part of ["changed", before, server.fingerprint!, "known_hosts"]) assertStringIncludes(ran.stderr, part);
});

Deno.test("connect accepts the certificate of --fingerprint and stops with both when it is another", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const right = await server.shell("alice", "pwd", ["--fingerprint", server.fingerprint!]);
  assertEquals(right.code, 0, right.stderr);
  const other = `SHA256:${"0".repeat(64)}`;
  const wrong = await server.shell("alice", "pwd", ["--fingerprint", other]);
  assertEquals(wrong.code, 3);
  assertStringIncludes(wrong.stderr, server.fingerprint!);
  assertStringIncludes(wrong.stderr, other);
  assertEquals((await server.shell("alice", "pwd", ["--fingerprint", "SHA256:12"])).code, 2);
});

Deno.test("connect gets in with the right connection secret only, and the server logs the others", async () => {
  using temp = new TempDir();
  const secretFile = (name: string, content: string) => {
    const path = temp.file(name, content);
    Deno.chmodSync(path, 0o600);
    return path;
  };
  const right = secretFile("right", "a secret of this server\n");
  const wrong = secretFile("wrong", "a secret of another server\n");
  for (const options of [[], ["--no-tls"]]) {
    await using server = await TestServer.start(["--secret-file", right, ...options]);
    await server.addUsers("1M", "alice");
    const run = (...args: string[]) => server.shell("alice", "pwd", args);
    assertEquals((await run("--secret-file", right)).code, 0);
    for (const args of [["--secret-file", wrong], []]) {
      const ran = await run(...args);
      assertEquals(ran.code, 3, ran.stderr);
      assertStringIncludes(ran.stderr, "secret");
    }
    const refusals = /"reason":"[^"]*secret[^"]*"/g;
    await server.untilLogged(refusals, 2);
    assertEquals((await server.stop()).log.match(refusals)?.length, 2);
  }
  await using open = await TestServer.start();
  await open.addUsers("1M", "alice");
  const ran = await open.shell("alice", "pwd", ["--secret-file", right]);
  assertEquals(ran.code, 3, ran.stderr);
  assertStringIncludes(ran.stderr, "secret");
});

Deno.test("serve and connect refuse a secret file when others may read it, it is a link, or too short", async () => {
  using temp = new TempDir();
  const short = temp.file("short", "short\n");
  Deno.chmodSync(short, 0o600);
  const readable = temp.file("readable", "a secret of this server\n");
  Deno.chmodSync(readable, 0o644);
  const target = temp.file("target", "a secret of this server\n");
  Deno.chmodSync(target, 0o600);
  Deno.symlinkSync(target, temp.join("link"));
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  for (const file of [short, readable, temp.join("link"), temp.join("missing")]) {
    assertEquals((await server.shell("alice", "pwd", ["--secret-file", file])).code, 2, file);
    assertEquals((await server.ftp(["serve", "--root", temp.join("root"), "--secret-file", file])).code, 2, file);
  }
});
