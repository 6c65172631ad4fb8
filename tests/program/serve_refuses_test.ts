import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { message } from "../../protocol/message/messages.ts";
import { ownIdentity } from "../../server/identity.ts";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { FakeServer, sayHello } from "../server/fake_server.ts";

/** One clear sentence on stderr, nothing on stdout, exit status 1. */
function assertRefuses(ran: Ran, ...says: string[]): void {
  assert(/^ftp: 500 [A-Z][^\n]*\n$/.test(ran.stderr), ran.stderr);
  assertEquals([ran.code, ran.stdout], [1, ""]);
  for (const part of says) assertStringIncludes(ran.stderr, part);
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("serve says so, exits 1 and makes nothing when the port is taken", async () => {
  using temp = new TempDir();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const args = ["serve", "--root", temp.join("root"), "--host", "127.0.0.1", "--port", String(port)];
  assertRefuses(await runFtp(args), `127.0.0.1:${port}`);
  assertEquals(names(temp.path), []);
});

Deno.test("serve and adduser say so, exit 1 and change nothing when the root is below a file", async () => {
  using temp = new TempDir();
  const root = `${temp.file("file", "kept")}/root`;
  assertRefuses(await runFtp(["serve", "--root", root, "--port", "0", "--host", "127.0.0.1"]), root);
  const stdin = "long enough word\n";
  assertRefuses(await runFtp(["adduser", "x", "--password-stdin", "--root", root], { stdin }), root);
  assertEquals(names(temp.path), ["file"]);
  assertEquals(Deno.readTextFileSync(temp.join("file")), "kept");
});

Deno.test("serve says so and exits 1 when certificate and key do not belong together or cannot be read", async () => {
  using temp = new TempDir();
  await ownIdentity(temp.join("a"));
  await ownIdentity(temp.join("b"));
  const cert = temp.join("a", "cert.pem");
  const serve = (cert: string, key: string) =>
    runFtp(["serve", "--root", temp.join("root"), "--port", "0", "--host", "127.0.0.1", "--cert", cert, "--key", key]);
  assertRefuses(await serve(cert, temp.join("b", "key.pem")), cert, "does not belong");
  assertRefuses(await serve(cert, temp.join("none")), cert);
  assertRefuses(await serve(temp.join("none"), temp.join("a", "key.pem")), "none");
  assertRefuses(await serve(temp.join("a", "key.pem"), temp.join("a", "key.pem")), "key.pem");
});

Deno.test("serve and the account commands say so, exit 1 and change nothing when the database is damaged", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const env = { FTP_ROOT: root };
  const stdin = "long enough word\n";
  assertEquals((await runFtp(["adduser", "alice", "--password-stdin"], { env, stdin })).code, 0);
  const whole = Deno.readFileSync(`${root}/ftp.db`);
  const torn = whole.slice();
  torn.fill(0x5a, 4_096);
  const damages: [what: string, content: Uint8Array][] = [
    ["text", new TextEncoder().encode("this is no database, but somebody's notes\n".repeat(50))],
    ["empty", new Uint8Array(0)],
    ["cut", whole.slice(0, whole.length - 4_096)],
    ["overwritten", torn],
  ];
  for (const [what, content] of damages) {
    Deno.writeFileSync(`${root}/ftp.db`, content);
    const commands = [["serve", "--host", "127.0.0.1", "--port", "0"], ["users"], [
      "adduser",
      "bob",
      "--password-stdin",
    ], ["quota", "alice"]];
    for (const args of commands) {
      const ran = await runFtp(args, { env, stdin });
      assert(/^ftp: 500 [A-Z][^\n]*\n$/.test(ran.stderr), `${what}: ${args[0]}: ${ran.stderr}`);
      assertEquals([ran.code, ran.stdout], [1, ""], `${what}: ${args[0]}`);
      assertStringIncludes(ran.stderr, "ftp.db");
    }
    assertEquals(Deno.readFileSync(`${root}/ftp.db`), content, what);
    assertEquals(names(`${root}/home`), ["alice"]);
  }
  Deno.writeFileSync(`${root}/ftp.db`, whole);
  const users = await runFtp(["users", "--json"], { env });
  assertEquals(JSON.parse(users.stdout).name, "alice");
});

Deno.test("serve says so and exits 1 when another server has the root", async () => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("root"));
  using lock = Deno.openSync(temp.join("root", "ftp.lock"), { write: true, create: true });
  assert(lock.tryLockSync(true));
  const args = ["serve", "--root", temp.join("root"), "--host", "127.0.0.1", "--port", "0"];
  assertRefuses(await runFtp(args), temp.join("root"), "nother server");
  assertEquals(names(temp.join("root")), ["ftp.lock"]);
});

Deno.test("connect exits 3 with both versions when the server speaks another", async () => {
  await using hello = await FakeServer.start((channel) => sayHello(channel, { version: 2 }));
  const ran = await hello.shell("ls");
  assertEquals(ran.code, 3, ran.stderr);
  assert(/^ftp: 503 [^\n]*version 2[^\n]*version 1\n$/.test(ran.stderr), ran.stderr);
  await using refusal = await FakeServer.start(async (channel) => {
    await channel.receive();
    const why = "The server speaks version 2 of the protocol, the client version 1";
    await channel.send(message({ type: "reply", code: 503, message: why }));
  });
  const refused = await refusal.shell("ls");
  assertEquals(refused.code, 3, refused.stderr);
  assertStringIncludes(refused.stderr, "version 2");
});

Deno.test("connect exits 3 with a sentence when what answers is no server of ours", async () => {
  for (
    const words of [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "220 Welcome\r\n",
      "SSH-2.0-x\r\n",
      "\x15\x03\x01\x00\x02\x02\x46",
      "",
    ]
  ) {
    for (const tls of [true, false]) {
      await using server = await FakeServer.raw(async (connection) => {
        await connection.write(new TextEncoder().encode(words));
        await connection.closeWrite();
      }, { tls });
      const ran = await server.shell("ls");
      assertEquals(ran.code, 3, `${JSON.stringify(words)}: ${ran.stderr}`);
      assert(/^(ftp: warning: .*\n)?ftp: 503 [A-Z][^\n]*\n$/.test(ran.stderr), ran.stderr);
    }
  }
});
