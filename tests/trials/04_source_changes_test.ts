import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { seenOf } from "../../client/transfer/seen.ts";
import { SmallFileReader } from "../../client/transfer/small_file_reader.ts";
import type { Watcher } from "../../client/progress/watcher.ts";
import { upload } from "../../client/transfer/upload.ts";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { spawn } from "../resume/interrupted.ts";
import { Bench, Client, isSameFile, MIB, namesIn, until, watcherOf } from "../resume/kit.ts";
import { afterContent } from "../wire_position.ts";
import { assertRan, failuresOf, makeTree } from "../tree/kit.ts";

const SIZE = 2 * MIB;
const LONG_AGO = 1_700_000_000;

/** A file that was finished long ago. */
function oldFile(path: string, seed = 1, size = SIZE): string {
  Deno.writeFileSync(path, someBytes(size, seed));
  Deno.utimeSync(path, LONG_AGO, LONG_AGO);
  return path;
}

/** Writes over a file in place; its size stays. */
function overwrite(path: string, seed = 9): void {
  using file = Deno.openSync(path, { write: true });
  const bytes = someBytes(file.statSync().size, seed);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Puts a file, and does something when half of it has gone. */
async function putWhile(
  client: Client,
  source: string,
  { doing, phase = "transfer", path = "/target", onBegin = () => {} }: {
    doing: () => void;
    phase?: string;
    path?: string;
    onBegin?: Watcher["begin"];
  },
): Promise<number> {
  let [now, seen, isDone] = ["", 0, false];
  const watcher: Watcher = watcherOf({
    begin: (name, total, done = 0) => {
      [now, seen] = [name, done];
      onBegin(name, total);
    },
    advance: (bytes) => {
      seen += bytes;
      if (now !== phase || seen < SIZE / 2 || isDone) return;
      isDone = true;
      doing();
    },
  });
  const { temps, sources, link } = client;
  const { remote, user } = link.session;
  const tools = { remote, user, watcher, limit: new RateLimit(undefined), temps, sources, stopping: link.stopping };
  const { code } = await upload({ source, path: virtualPath(path), create: false }, tools, { again: false });
  assert(isDone, "something was done in the middle");
  return code;
}

async function assertChanged(work: Promise<unknown>, source: string, done = "sent"): Promise<void> {
  const { code, message } = await assertRejects(() => work, StatusError);
  assertEquals([code, message], [409, `Local "${source}" changed while it was ${done}`]);
}

/** Makes the next look at an open file say another second of its last change: that of its inode, not of its content. */
function laterCtime(): Disposable {
  const { statSync } = Deno.FsFile.prototype;
  let looks = 0;
  Deno.FsFile.prototype.statSync = function () {
    const info = statSync.call(this);
    return { ...info, ctime: new Date((info.ctime?.getTime() ?? 0) + 1_000 * looks++) };
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.statSync = statSync) };
}

Deno.test("row 4: a put commits nothing when its file is written to meanwhile", async (t) => {
  await using bench = await Bench.start();
  await using client = await bench.client();
  const there = `${bench.server.home("alice")}/target`;
  const source = oldFile(bench.temp.join("source"));
  const before = oldFile(there, 5, 10);

  await t.step("row 4: put of a file that is overwritten in place, same size, is 409", async () => {
    await assertChanged(putWhile(client, source, { doing: () => overwrite(source) }), source);
    assertEquals(Deno.statSync(before).size, 10);
    assertEquals((await client.link.session.remote.call("ping", {})).code, 201);
  });

  await t.step("row 4: put is 409 also when its first half came in an earlier try", async () => {
    oldFile(source, 2);
    bench.proxy.forecast = [{ cut: { direction: "up", at: afterContent(SIZE * 2 / 3), how: "half-close" } }];
    {
      await using first = new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
      await assertRejects(() => first.put(source, "/resumed"), StatusError);
      await client.settled();
    }
    let checked = 0;
    const watching = {
      path: "/resumed",
      doing: () => overwrite(source),
      onBegin: (phase: string, total: number) => void (phase === "checking" && (checked = total)),
    };
    await assertChanged(putWhile(client, source, watching), source);
    assert(checked > 0, "it was a resume");
    assertEquals(namesIn(bench.server.home("alice")), ["target"]);
  });

  await t.step("row 4: put of a file that gets its old time back is 409", async () => {
    oldFile(source, 3);
    using _later = laterCtime();
    const doing = () => {
      overwrite(source);
      Deno.utimeSync(source, LONG_AGO, LONG_AGO);
    };
    await assertChanged(putWhile(client, source, { doing }), source);
    assertEquals(Deno.statSync(before).size, 10);
  });

  await t.step("row 4: put is whole when the name is given to another file, or the file to another name", async () => {
    const doings = [
      () => {
        Deno.writeFileSync(`${source}.new`, someBytes(SIZE, 8));
        Deno.renameSync(`${source}.new`, source);
      },
      () => Deno.removeSync(source),
      () => Deno.chmodSync(source, 0o600),
    ];
    for (const [at, doing] of doings.entries()) {
      oldFile(source, 20 + at);
      const copy = bench.temp.file("copy", Deno.readFileSync(source));
      using _later = laterCtime();
      assertEquals(await putWhile(client, source, { doing }), 201);
      assert(isSameFile(copy, there), `${at}`);
    }
  });

  await t.step("row 4: put says nothing is the same while it compares a file that is written to", async () => {
    oldFile(source, 4);
    assertEquals(await client.put(source, "/target").then(({ code }) => code), 201);
    const doing = () => overwrite(source);
    await assertChanged(putWhile(client, source, { doing, phase: "checking" }), source, "read");
  });
});

for (const command of [["put", "-r"], ["sync"]]) {
  Deno.test(`row 4: ${command[0]} of a tree names the file that was written to, and the others go on`, async () => {
    await using bench = await Bench.start();
    const source = makeTree(bench.temp.join("tree"), { "z small": "small" });
    for (const name of ["a", "b", "c"]) oldFile(join(source, name), name.charCodeAt(0));
    const staging = `${bench.server.root.staging}/alice`;
    const child = spawn(bench, [...command, source, "REMOTE:tree", "--limit", "3M", "-P", "1", "--checksum"]);
    await until(
      "the first is on its way",
      () => namesIn(staging).some((name) => sizeOf(`${staging}/${name}`) > MIB / 2),
    );
    overwrite(join(source, "a"));
    const { code, stdout, stderr } = await child.output();
    const ran = { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    assertEquals(failuresOf(ran), [`409 a: Local "${join(source, "a")}" changed while it was sent`], ran.stderr);
    assertRan(ran, 1);
    assertEquals(namesIn(`${bench.server.home("alice")}/tree`), ["b", "c", "z small"]);
  });
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

/** Does something each time a file has been read. */
function whileReading(doing: (reads: number) => void): Disposable {
  const { readSync } = Deno.FsFile.prototype;
  let reads = 0;
  Deno.FsFile.prototype.readSync = function (target) {
    const count = readSync.call(this, target);
    if (count !== null) doing(++reads);
    return count;
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.readSync = readSync) };
}

Deno.test("row 4: a small file is sent as it was at one moment, with the time of that moment, or not at all", () => {
  using temp = new TempDir();
  const path = temp.join("file");
  const reader = new SmallFileReader();
  const fresh = () => seenOf(Deno.lstatSync(oldFile(path, 1, 1_000)));
  {
    // Somebody never stops.
    const seen = fresh();
    using _busy = whileReading((reads) => {
      overwrite(path, 10 + reads);
      Deno.utimeSync(path, LONG_AGO + reads, LONG_AGO + reads);
    });
    assertEquals(caught(() => reader.read(path, seen)), [409, `Local "${path}" changed while it was sent`]);
  }
  {
    // Once, so that the second look finds it at rest.
    const seen = fresh();
    using _once = whileReading((reads) => {
      if (reads > 1) return;
      overwrite(path, 10);
      Deno.utimeSync(path, LONG_AGO + 60, LONG_AGO + 60);
    });
    const { content, mtime } = reader.read(path, seen);
    assertEquals([content, mtime], [someBytes(1_000, 10), (LONG_AGO + 60) * 1_000]);
  }
  {
    // Between the look at the tree and the reading.
    const seen = fresh();
    overwrite(path, 11);
    Deno.utimeSync(path, LONG_AGO + 90, LONG_AGO + 90);
    Deno.chmodSync(path, 0o700);
    const { content, mtime, exec } = reader.read(path, seen);
    assertEquals([content, mtime, exec], [someBytes(1_000, 11), (LONG_AGO + 90) * 1_000, Deno.build.os !== "windows"]);
  }
  {
    // In a moment so short that the time of the file does not show it.
    oldFile(path, 1, 1_000);
    const now = new Date();
    Deno.utimeSync(path, now, now);
    using _busy = whileReading((reads) => {
      overwrite(path, 10 + reads);
      Deno.utimeSync(path, now, now);
    });
    assertEquals(caught(() => reader.read(path, seenOf(Deno.lstatSync(path))))[0], 409);
  }
});

function caught(work: () => unknown): [number, string] {
  try {
    work();
  } catch (error) {
    if (error instanceof StatusError) return [error.code, error.message];
    throw error;
  }
  throw new Error("Nothing was thrown");
}

Deno.test("row 4: put of a file that grows or shrinks is 409, and the old one stays", async () => {
  await using server = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  // Each has a staging folder of its own to look into.
  await server.addUsers("none", "grows", "shrinks");
  using temp = new TempDir();
  await Promise.all((["grows", "shrinks"] as const).map(async (how) => {
    const there = `${server.home(how)}/target`;
    Deno.writeTextFileSync(there, "old");
    const source = oldFile(temp.join(how));
    const put = server.ftp(["put", source, `${how}@${server.address}:target`, "--limit", "2M"]);
    const staging = `${server.root.staging}/${how}`;
    await until("it is on its way", () => namesIn(staging).some((name) => sizeOf(`${staging}/${name}`) > MIB / 4));
    if (how === "grows") Deno.writeFileSync(source, new Uint8Array(10), { append: true });
    else Deno.truncateSync(source, SIZE - 1);
    const ran = await put;
    assertEquals(failuresOf(ran), [`409 Local "${source}" changed while it was sent`]);
    assertEquals([ran.code, Deno.readTextFileSync(there)], [6, "old"]);
  }));
});
