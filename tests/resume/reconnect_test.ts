import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Cut, Weather } from "../chaos_proxy.ts";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { afterBytes, afterContent } from "../wire_position.ts";
import { assertNothingLeft, Bench, bigFile, isSameFile, MIB, namesIn, sizeOfPart, until } from "./kit.ts";

/** What may be sent a second time: a server promises only what it has synced, which it does this often. */
const SYNC_BYTES = 64 * MIB;
const BIG = 256 * MIB;

function movedOf(stdout: string): { code: number; moved: number } {
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

for (const how of ["close", "reset", "half-close"] satisfies Cut[]) {
  Deno.test(`upload() and download() finish by themselves when the connection ends by ${how} inside frames`, async () => {
    await using bench = await Bench.start();
    const content = someBytes(4 * MIB);
    const source = bench.temp.file("source", content);
    const cuts = (direction: "up" | "down"): Weather[] =>
      [MIB + 77, MIB + 78, 500_001].map((at) => ({ cut: { direction, at: afterContent(at), how } }));
    const put = await bench.ftp(["put", source, "REMOTE:target", "--json", "--retries", "6"], cuts("up"));
    assertEquals(put.code, 0, put.stderr);
    assertEquals(bench.proxy.connections, 4, "three were cut, and the fourth came at once");
    assertNothingLeft(bench.server);
    const back = bench.temp.join("back");
    const get = await bench.ftp(["get", "REMOTE:target", back, "--json", "--retries", "6"], cuts("down"));
    assertEquals(get.code, 0, get.stderr);
    assertEquals(Deno.readFileSync(back), content);
    assertEquals(namesIn(bench.temp.path), ["back", "source"]);
  });
}

for (const percent of [10, 50, 90]) {
  Deno.test(`ftp put and get send little twice when 256 MiB over TLS are cut at ${percent} percent`, async () => {
    await using bench = await Bench.start({ tls: true });
    const source = bigFile(bench.temp.join("source"), BIG);
    const place = Math.floor(BIG * percent / 100);
    const missing = BIG - place;
    const put = await bench.ftp(["put", source, "REMOTE:target", "--json"], [
      { cut: { direction: "up", at: afterBytes(place), how: "reset" } },
    ]);
    assertEquals(put.code, 0, put.stderr);
    assertStringIncludes(put.stderr, `; reconnecting\nftp: Connected to ${bench.proxy.address} again\n`);
    const sent = movedOf(put.stdout);
    assertEquals(sent.code, 205);
    assert(sent.moved <= missing + SYNC_BYTES, `${sent.moved} bytes went although ${missing} were missing`);
    assert(bench.proxy.passed.up <= BIG + SYNC_BYTES + MIB, `${bench.proxy.passed.up} bytes in all`);
    assert(isSameFile(source, `${bench.server.home("alice")}/target`), "what is there is what was sent");
    assertNothingLeft(bench.server);
    const back = bench.temp.join("back");
    const get = await bench.ftp(["get", "REMOTE:target", back, "--json"], [
      { cut: { direction: "down", at: afterBytes(place), how: "reset" } },
    ]);
    assertEquals(get.code, 0, get.stderr);
    const received = movedOf(get.stdout);
    assertEquals(received.code, 205);
    assert(received.moved <= missing + SYNC_BYTES, `${received.moved} bytes came although ${missing} were missing`);
    assert(isSameFile(source, back), "what came is what is there");
  });
}

Deno.test("Link comes back when the server is killed in the middle and started again on the same port", async () => {
  using temp = new TempDir();
  const source = bigFile(temp.join("source"), 64 * MIB);
  const root = temp.join("root");
  const back = temp.join("back");
  const first = await TestServer.start(["--no-tls"], root, { process: true });
  await first.addUsers("1G", "alice");
  // The rate makes sure that there is a middle.
  const rate = ["--limit", "40M", "--json"];
  const putting = first.ftp(["put", source, `alice@${first.address}:target`, ...rate]);
  await until("a part is there", () => sizeInStaging(root) > 4 * MIB);
  await first.stop("SIGKILL");
  const second = await TestServer.start(["--no-tls", "--port", String(first.port)], root, { process: true });
  const put = await putting;
  assertEquals(put.code, 0, put.stderr);
  assert(isSameFile(source, `${second.home("alice")}/target`));
  assertNothingLeft(second);
  const getting = second.ftp(["get", `alice@${second.address}:target`, back, ...rate]);
  await until("a part is here", () => sizeOfPart(back) > 4 * MIB);
  await second.stop("SIGKILL");
  await using third = await TestServer.start(["--no-tls", "--port", String(first.port)], root, { process: true });
  const get = await getting;
  assertEquals(get.code, 0, get.stderr);
  assert(isSameFile(source, back));
  assert(movedOf(get.stdout).moved < 64 * MIB, "what was here did not come again");
  assertNothingLeft(third);
});

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

function sizeInStaging(root: string): number {
  const staging = `${root}/staging/alice`;
  const [name] = namesIn(staging);
  return name === undefined ? 0 : sizeOf(`${staging}/${name}`);
}

Deno.test("Link asks for no password again when the network was down and came back", async () => {
  await using bench = await Bench.start({ tls: true });
  const content = someBytes(8 * MIB);
  const source = bench.temp.file("source", content);
  bench.proxy.forecast = bench.forecast([{ cut: { direction: "up", at: afterBytes(3 * MIB), how: "down" } }]);
  const args = ["put", source, `alice@${bench.proxy.address}:target`, "--password-stdin", ...bench.server.clientArgs()];
  const child = ftpCommand(args, { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  // The password is there once: a second question would find the end of the input.
  await writer.write(new TextEncoder().encode(`${PASSWORD}\n`));
  await writer.close();
  const lost = Promise.withResolvers<void>();
  bench.proxy.onCut = () => lost.resolve();
  await lost.promise;
  const { connections } = bench.proxy;
  setTimeout(() => void bench.proxy.up(), 2_000);
  const { code, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  // A first contact looks at the certificate on a connection of its own; coming back does not.
  assertEquals(bench.proxy.connections, connections + 1);
  assertEquals(Deno.readFileSync(`${bench.server.home("alice")}/target`), content);
  assertNothingLeft(bench.server);
});

Deno.test("Link gives up with exit status 3 when --retries 0 forbids to come back", async () => {
  await using bench = await Bench.start();
  const source = bench.temp.file("source", someBytes(2 * MIB));
  const put = await bench.ftp(["put", source, "REMOTE:target", "--retries", "0"], [
    { cut: { direction: "up", at: afterContent(MIB), how: "reset" } },
  ]);
  assertEquals(put.code, 3, put.stderr);
  assertStringIncludes(put.stderr, "ftp: 503 ");
  assertEquals(bench.proxy.connections, 1);
});

Deno.test("Link gives up with exit status 3 when the network stays down for all of --retries", async () => {
  await using bench = await Bench.start();
  const source = bench.temp.file("source", someBytes(2 * MIB));
  const put = await bench.ftp(["put", source, "REMOTE:target", "--retries", "2"], [
    { cut: { direction: "up", at: afterContent(MIB), how: "down" } },
  ]);
  assertEquals(put.code, 3, put.stderr);
});

Deno.test("Link.run() gives up when each new connection breaks before anything moves", async () => {
  await using bench = await Bench.start();
  const source = bench.temp.file("source", someBytes(2 * MIB));
  const weather = (): Weather => ({ cut: { direction: "up", at: afterContent(0), how: "reset" } });
  const put = await bench.ftp(
    ["put", source, "REMOTE:target", "--retries", "2"],
    Array.from({ length: 50 }, weather),
  );
  assertEquals(put.code, 3, `${bench.proxy.connections} connections: ${put.stderr.slice(-500)}`);
});

Deno.test("openSession() does not wait for ever when a new connection is swallowed before its login", async () => {
  await using bench = await Bench.start();
  const source = bench.temp.file("source", someBytes(2 * MIB));
  const put = bench.ftp(["put", source, "REMOTE:target", "--connect-timeout", "1", "--retries", "3"], [
    { cut: { direction: "up", at: afterContent(MIB), how: "reset" } },
    { cut: { direction: "up", at: afterBytes(0), how: "swallow" } },
  ]);
  // Ten times what the option allows.
  const late = new Promise<"late">((resolve) => bench.proxy.onCut = () => setTimeout(() => resolve("late"), 10_000));
  const result = await Promise.race([put, late]);
  bench.proxy.breakAll("close");
  const { code, stderr } = await put;
  assert(result !== "late", "a login that nobody answers ends by itself");
  assertEquals(code, 0, stderr);
});
