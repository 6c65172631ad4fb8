import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { runFtp } from "../run_ftp.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "./raw_client.ts";
import { SourceRelay } from "./relay.ts";

const LATE_MS = 5_000;

/** The outcome of something that has to happen within five seconds, as the contract says. */
async function soon<T>(what: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("It did not happen within 5 seconds")), LATE_MS);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("session ends when the third login fails", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using client = await RawClient.connect(server);
  await client.hello();
  for (let i = 0; i < 3; i++) assertEquals((await client.authenticate("alice", "not it")).code, 400);
  assertEquals(await client.receive(), undefined);
});

Deno.test("server refuses a source when its logins have failed too often, and nobody else", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  await using relay = await SourceRelay.start(server.port, "127.0.3.1");
  await Promise.all(["mallory", "trudy"].map(async (user) => {
    using client = await RawClient.connect(server, { port: relay.port });
    await client.hello();
    for (let i = 0; i < 3; i++) assertEquals((await client.authenticate(user, "not it")).code, 400);
  }));
  let isServed = true;
  try {
    using client = await RawClient.connect(server, { port: relay.port });
    isServed = (await client.hello()).type === "hello";
  } catch {
    isServed = false;
  }
  assertEquals(isServed, false);
  await using other = await SourceRelay.start(server.port, "127.0.3.2");
  using client = await RawClient.connect(server, { port: other.port });
  assertEquals((await client.hello()).type, "hello");
});

Deno.test("login takes a password of 1,024 bytes and refuses a longer one before any work when one is given", async () => {
  await using server = await TestServer.start();
  const root = ["--root", server.root.directory];
  const longest = "p".repeat(1_024);
  const added = await runFtp(["adduser", "long", "--password-stdin", ...root], { stdin: `${longest}\n` });
  assertEquals(added.code, 0, added.stderr);
  const refused = await runFtp(["adduser", "over", "--password-stdin", ...root], { stdin: `${longest}p\n` });
  assertEquals(refused.code, 2, refused.stderr);
  const login = (user: string, password: string) =>
    server.ftp(["connect", `${user}@${server.address}`, "-c", "pwd", "--password-stdin"], { stdin: `${password}\n` });
  assertEquals((await login("long", longest)).code, 0);
  for (const password of [`${longest}p`, "p".repeat(1_048_576), ""]) {
    const { code, stderr } = await login("long", password);
    assertNotEquals(code, 0);
    assert(/^ftp: (400|411) .*password/.test(stderr), stderr);
  }
});

Deno.test("session ends soon and does nothing more when its user is removed or gets another password", async () => {
  await using server = await TestServer.start();
  const root = ["--root", server.root.directory];
  for (const command of [["deluser", "alice"], ["passwd", "bob", "--password-stdin"]]) {
    const user = command[1]!;
    await server.addUsers("1M", user);
    using busy = await RawClient.login(server, user);
    using idle = await RawClient.login(server, user);
    assertEquals((await busy.request("put", { path: "/half", size: 10 })).code, 202);
    const { code, stderr } = await runFtp([...command, ...root], { stdin: "another password\n" });
    assertEquals(code, 0, stderr);
    // Whichever comes first: the refusal of the next request, or the end.
    const next = await soon(idle.request("mkdir", { path: "/new" }));
    assert(next.code === 400 || next.code === undefined, JSON.stringify(next));
    await soon(idle.codesUntilEnd());
    await soon(busy.codesUntilEnd());
    assertEquals([...Deno.readDirSync(server.home(user))], []);
  }
});

Deno.test("login answers 429 when the user has as many sessions as allowed, until one ends", async () => {
  await using server = await TestServer.start(["--max-sessions-per-user", "2"]);
  await server.addUsers("1M", "alice", "bob");
  using _first = await RawClient.login(server, "alice");
  const second = await RawClient.login(server, "alice");
  const third = await server.shell("alice", "pwd");
  assertEquals(third.code, 3);
  assertStringIncludes(third.stderr, "ftp: 429 ");
  assertEquals((await server.shell("bob", "pwd")).code, 0);
  await second.connection.closeWrite();
  await second.codesUntilEnd();
  second[Symbol.dispose]();
  assertEquals((await server.shell("alice", "pwd")).code, 0);
});
