import { assert, assertEquals } from "@std/assert";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { flipAt, Relay } from "../server/relay.ts";

/** Resolves when something in a folder, at any depth, has been written to. */
async function untilWritten(folder: string, isIt: (path: string) => boolean): Promise<void> {
  for await (const { kind, paths } of Deno.watchFs(folder)) {
    if (kind === "modify" && paths.some((path) => isIt(path) && Deno.lstatSync(path).size > 0)) return;
  }
}

const BIG_BYTES = 200_000_000;

/** A file of zeros that takes no room on disk. */
function bigFile(path: string): string {
  Deno.writeFileSync(path, new Uint8Array(0));
  Deno.truncateSync(path, BIG_BYTES);
  return path;
}

/** Runs the program so slowly that it cannot end in time, and kills the server once bytes have arrived. */
async function runUntilKilled(server: TestServer, args: string[], started: Promise<void>) {
  const child = ftpCommand([...args, ...server.clientArgs(), "--limit", "8M", "--retries", "0"], {
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { FTP_PASSWORD: PASSWORD },
  }).spawn();
  await started;
  await server.stop("SIGKILL");
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("get leaves the old file and fails when the server is killed in the middle", async () => {
  await using server = await TestServer.start([], undefined, { process: true });
  using temp = new TempDir();
  await server.addUsers("none", "alice");
  bigFile(`${server.home("alice")}/big`);
  const target = temp.file("big", "the old version");
  const started = untilWritten(temp.path, (path) => path.includes(".ftp-"));
  const args = ["get", "--force", `alice@${server.address}:big`, target];
  const { code, stderr } = await runUntilKilled(server, args, started);
  assert([1, 3].includes(code), `${code}: ${stderr}`);
  assert(/^ftp: \d{3} [A-Z][^\n]*\n$/.test(stderr), stderr);
  assertEquals(Deno.readTextFileSync(target), "the old version");
});

Deno.test("put leaves the old file and fails when the server is killed in the middle, and the next start counts right", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const file = bigFile(temp.join("big"));
  {
    await using server = await TestServer.start([], root, { process: true });
    await server.addUsers("none", "alice");
    const old = temp.file("old", "the old version");
    assertEquals((await server.ftp(["put", old, `alice@${server.address}:big`])).code, 0);
    const started = untilWritten(root, (path) => path.startsWith(server.root.staging));
    const { code, stderr } = await runUntilKilled(server, ["put", file, `alice@${server.address}:big`], started);
    assert([1, 3].includes(code), `${code}: ${stderr}`);
    assert(/^ftp: \d{3} [A-Z][^\n]*\n$/.test(stderr), stderr);
    assertEquals(Deno.readTextFileSync(`${server.home("alice")}/big`), "the old version");
  }
  await using server = await TestServer.start([], root, { process: true });
  assertEquals(server.used("alice"), "the old version".length);
  const ran = await server.ftp(["put", file, `alice@${server.address}:big`]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(Deno.statSync(`${server.home("alice")}/big`).size, BIG_BYTES);
  assertEquals(server.used("alice"), BIG_BYTES);
});

Deno.test("get and put exit 6 and keep the old file when a bit changes on the way", async () => {
  await using server = await TestServer.start(["--no-tls"], undefined, { process: true });
  using temp = new TempDir();
  await server.addUsers("none", "alice");
  const there = `${server.home("alice")}/big`;
  const content = someBytes(3_000_000);
  const source = temp.file("source", content);
  Deno.writeTextFileSync(there, "the old version");
  {
    await using relay = await Relay.start(server.port, { up: flipAt(2_000_000) });
    const ran = await server.ftp(["put", source, `alice@127.0.0.1:${relay.port}:big`]);
    assertEquals(ran.code, 6, ran.stderr);
    assertEquals(Deno.readTextFileSync(there), "the old version");
    assertEquals(server.used("alice"), 0);
  }
  Deno.writeFileSync(there, content);
  const target = temp.file("target", "the old version");
  {
    await using relay = await Relay.start(server.port, { down: flipAt(2_000_000) });
    const ran = await server.ftp(["get", "--force", `alice@127.0.0.1:${relay.port}:big`, target]);
    assertEquals(ran.code, 6, ran.stderr);
    assertEquals(Deno.readTextFileSync(target), "the old version");
  }
  const again = await server.ftp(["get", "--force", `alice@${server.address}:big`, target]);
  assertEquals(again.code, 0, again.stderr);
  assertEquals(Deno.readFileSync(target), content);
});
