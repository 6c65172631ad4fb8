import { assert, assertEquals } from "@std/assert";
import type { Cut, Direction, Weather } from "../chaos_proxy.ts";
import { partOf, someBytes } from "../harness.ts";
import { afterContent, beforeFrame } from "../wire_position.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { assertNothingLeft, Bench, Client, MIB, namesIn } from "./kit.ts";

const SIZES = [0, 1, 1024, MIB, 64 * MIB];

/** What became of the file before the second try. `same` is a resume; all others must not be. */
const CHANGES: Readonly<Record<string, (content: Uint8Array) => Uint8Array>> = {
  "the same": (content) => content,
  "changed at its head": (content) => changed(content, 0),
  "changed at its tail": (content) => changed(content, content.length - 1),
  "shorter": (content) => content.slice(0, content.length >> 1),
  "longer": (content) => joined(content, someBytes(100, 9)),
};

function changed(content: Uint8Array, at: number): Uint8Array {
  const copy = content.slice();
  if (copy.length > 0) copy[at]! ^= 0xff;
  return copy;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** The places where the first try is cut: 0, 1, half, all but one, all. */
function placesIn(size: number): number[] {
  return [...new Set([0, 1, size >> 1, size - 1, size])].filter((at) => at >= 0 && at <= size);
}

function cutAt(direction: Direction, { size, at, how }: { size: number; at: number; how: Cut }): Weather {
  // Without content there is only the end to be cut off.
  const position = size === 0 ? beforeFrame(({ type }) => type === "end") : afterContent(at);
  return { cut: { direction, at: position, how } };
}

/** A client that does not come back, so that there is a second try to be made by another. */
async function oneTry(bench: Bench, weather: Weather): Promise<Client> {
  bench.proxy.forecast = [weather];
  return new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
}

async function failing(work: Promise<unknown>): Promise<void> {
  const failed = await work.then(() => false, () => true);
  assert(failed, "a transfer whose connection was cut before its end has not succeeded");
}

function assertContent(path: string, expected: Uint8Array, when: string): void {
  const actual = Deno.readFileSync(path);
  const isSame = actual.length === expected.length && actual.every((byte, at) => byte === expected[at]);
  assert(isSame, `${path} is what was sent last ${when}`);
}

/** All of it moved, or what a part that was cut at a place cannot have held, and not what it had. */
function assertMoved(
  { code, moved }: { code: number; moved: number },
  { length, at }: { length: number; at: number },
  when: string,
): void {
  const [least, most] = code === 205
    ? [length - at, Math.max(0, length - 1)]
    : code === 201
    ? [length, length]
    : [0, 0];
  assert(least <= moved && moved <= most, `${moved} of ${length} bytes moved with ${code} ${when}`);
}

async function putTwice(bench: Bench, { size, at, change }: { size: number; at: number; change: string }) {
  const when = `(put of ${size} cut at ${at}, then ${change})`;
  const content = someBytes(size, 3);
  const source = bench.temp.file("source", content);
  {
    await using first = await oneTry(bench, cutAt("up", { size, at, how: "reset" }));
    await failing(first.put(source, "/target"));
  }
  assertEquals(namesIn(bench.server.home("alice")), [], `nothing shows before it is whole ${when}`);
  const wanted = CHANGES[change]!(content);
  Deno.writeFileSync(source, wanted);
  await using second = await bench.client();
  // While the first runs it is another's upload to the same path, and not to be touched.
  await second.settled();
  const { moved, code } = await second.put(source, "/target");
  assertContent(bench.server.home("alice") + "/target", wanted, when);
  if (change !== "the same") assert(code === 201 || change.endsWith("tail"), when);
  assertMoved({ code, moved }, { length: wanted.length, at }, when);
  assertNothingLeft(bench.server, "alice", when);
  await second.link.session.remote.call("rm", { path: virtualPath("/target") });
}

async function getTwice(bench: Bench, { size, at, change }: { size: number; at: number; change: string }) {
  const when = `(get of ${size} cut at ${at}, then ${change})`;
  const content = someBytes(size, 4);
  const there = bench.server.home("alice") + "/source";
  Deno.writeFileSync(there, content);
  const folder = bench.temp.join("here");
  Deno.mkdirSync(folder);
  const target = `${folder}/target`;
  {
    await using first = await oneTry(bench, cutAt("down", { size, at, how: "reset" }));
    await failing(first.get("/source", target));
  }
  assertEquals(namesIn(folder).includes("target"), false, `nothing shows before it is whole ${when}`);
  const wanted = CHANGES[change]!(content);
  if (change !== "the same") {
    Deno.writeFileSync(there, wanted);
    // A clock that did not move between two writes must not decide: the content does.
    if (at % 2 === 0) Deno.utimeSync(there, 1_700_000_000, 1_700_000_000);
  }
  await using second = await bench.client();
  const { code, moved } = await second.get("/source", target);
  assertContent(target, wanted, when);
  assertMoved({ code, moved }, { length: wanted.length, at }, when);
  assertEquals(namesIn(folder), ["target"], `no part is left ${when}`);
  Deno.removeSync(folder, { recursive: true });
  Deno.removeSync(there);
}

for (const size of SIZES) {
  Deno.test(`upload() leaves the right content when ${size} bytes are cut anywhere and the source then differs`, async () => {
    await using bench = await Bench.start();
    // The largest is there for what only size can show: one place is enough for it.
    const places = size < 64 * MIB ? placesIn(size) : [size >> 1];
    for (const at of places) {
      for (const change of Object.keys(CHANGES)) await putTwice(bench, { size, at, change });
    }
  });

  Deno.test(`download() leaves the right content when ${size} bytes are cut anywhere and the source then differs`, async () => {
    await using bench = await Bench.start();
    const places = size < 64 * MIB ? placesIn(size) : [size >> 1];
    for (const at of places) {
      for (const change of Object.keys(CHANGES)) await getTwice(bench, { size, at, change });
    }
  });
}

Deno.test("upload() sends only what is missing when the connection was cut before the end", async () => {
  await using bench = await Bench.start();
  const source = bench.temp.file("source", someBytes(8 * MIB));
  {
    await using first = await oneTry(bench, cutAt("up", { size: 8 * MIB, at: 6 * MIB, how: "half-close" }));
    await failing(first.put(source, "/target"));
  }
  await using second = await bench.client();
  const { code, moved } = await second.put(source, "/target");
  assertEquals(code, 205);
  assert(moved >= 2 * MIB && moved < 3 * MIB, `${moved} bytes went`);
  assertNothingLeft(bench.server);
});

Deno.test("upload() starts over and says so when the part on the server was damaged", async () => {
  await using bench = await Bench.start();
  const content = someBytes(4 * MIB);
  const source = bench.temp.file("source", content);
  {
    await using first = await oneTry(bench, cutAt("up", { size: 4 * MIB, at: 3 * MIB, how: "half-close" }));
    await failing(first.put(source, "/target"));
  }
  const staging = `${bench.server.root.staging}/alice`;
  await using second = await bench.client();
  await second.settled();
  const part = `${staging}/${namesIn(staging)[0]}`;
  const bytes = Deno.readFileSync(part);
  bytes[bytes.length >> 1]! ^= 1;
  Deno.writeFileSync(part, bytes);
  const { code, moved } = await second.put(source, "/target");
  assertEquals({ code, moved }, { code: 201, moved: 4 * MIB });
  assert(second.notices.some((text) => text.startsWith("405 Cannot resume")), "the user is told why");
  assertContent(`${bench.server.home("alice")}/target`, content, "after a damaged part");
  assertNothingLeft(bench.server);
});

Deno.test("download() starts over and says so when the part here was damaged", async () => {
  await using bench = await Bench.start();
  const content = someBytes(4 * MIB);
  Deno.writeFileSync(`${bench.server.home("alice")}/source`, content);
  const target = bench.temp.join("target");
  {
    await using first = await oneTry(bench, cutAt("down", { size: 4 * MIB, at: 3 * MIB, how: "half-close" }));
    await failing(first.get("/source", target));
  }
  const part = partOf(target)!;
  const bytes = Deno.readFileSync(part);
  bytes[bytes.length >> 1]! ^= 1;
  Deno.writeFileSync(part, bytes);
  await using second = await bench.client();
  const { code, moved } = await second.get("/source", target);
  assertEquals({ code, moved }, { code: 201, moved: 4 * MIB });
  assert(second.notices.some((text) => text.startsWith("405 Cannot resume")), "the user is told why");
  assertContent(target, content, "after a damaged part");
  assertEquals(namesIn(bench.temp.path), ["target"]);
});

for (const segment of [1, 1460]) {
  Deno.test(`upload() and download() move a file when segments have at most ${segment} bytes`, async () => {
    await using bench = await Bench.start({ tls: true });
    const content = someBytes(segment === 1 ? 20_000 : 2 * MIB);
    const source = bench.temp.file("source", content);
    await using client = await bench.client([{ segment }, { segment }]);
    await client.put(source, "/target");
    await client.get("/target", bench.temp.join("back"));
    assertContent(bench.temp.join("back"), content, "in small segments");
  });
}

Deno.test("upload() and download() refuse the file when a bit was changed on the wire", async () => {
  await using bench = await Bench.start();
  const content = someBytes(MIB);
  const source = bench.temp.file("source", content);
  const put = await bench.ftp(["put", source, "REMOTE:target", "--json"], [
    { flip: { direction: "up", at: afterContent(1000) } },
  ]);
  assertEquals(put.code, 6, put.stderr);
  assertEquals(namesIn(bench.server.home("alice")), []);
  assertNothingLeft(bench.server);
  Deno.writeFileSync(`${bench.server.home("alice")}/target`, content);
  const get = await bench.ftp(["get", "REMOTE:target", bench.temp.join("back")], [
    { flip: { direction: "down", at: afterContent(1000) } },
  ]);
  assertEquals(get.code, 6, get.stderr);
  assertEquals(namesIn(bench.temp.path), ["source"], "neither the file nor a part of it is left");
});

Deno.test("DigestCache forgets a file when it was written to in the same second with its size and time kept", async () => {
  await using bench = await Bench.start();
  await using client = await bench.client();
  const [ours, theirs] = [someBytes(50_000, 1), someBytes(50_000, 2)];
  const source = bench.temp.file("source", ours);
  const there = `${bench.server.home("alice")}/target`;
  // Any of these may be at the turn of a second.
  for (let round = 0; round < 3; round++) {
    await client.put(source, "/target");
    const { atime, mtime } = Deno.statSync(there);
    Deno.writeFileSync(there, theirs);
    Deno.utimeSync(there, atime!, mtime!);
    const { code } = await client.put(source, "/target");
    assertEquals(code, 201, "what is there is not the same");
    assertContent(there, ours, "after a change behind the server's back");
  }
});
