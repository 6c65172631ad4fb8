import { Chunk } from "../../../protocol/frame/chunk.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { basename, join } from "@std/path";
import { DownloadRecords } from "../../../client/transfer/download_records.ts";
import { openPart } from "../../../client/transfer/open_part.ts";
import { RecordFolder } from "../../../client/transfer/record_folder.ts";
import { StatusError } from "../../../protocol/status.ts";
import { namesIn } from "../../resume/kit.ts";
import { TempDir } from "../../harness.ts";

const ORIGIN = { server: "server", user: "alice", path: "/file", size: 5, mtime: 0 };
const CONTENT = new TextEncoder().encode("HELLO");
const INSTALL = { mtime: 0, exec: false };

/** A folder, a target in it, and records beside. */
function place() {
  const temp = new TempDir();
  const folder = temp.join("here");
  Deno.mkdirSync(folder);
  const records = () => new DownloadRecords(new RecordFolder(temp.join("state")));
  const [target] = [join(folder, "file")];
  const tempOf = () => records().ofTarget(target)[0]!.temp;
  const names = () => namesIn(folder);
  return { folder, target, records, tempOf, names, temp, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

/** Leaves a part with content. */
async function begun(at: ReturnType<typeof place>): Promise<void> {
  await using part = openPart(at.target, at.records()).part;
  await part.restart(ORIGIN);
  await part.write(new Chunk(CONTENT));
}

Deno.test("PartFile has a random name and a private record, and both go when it is installed", async () => {
  using at = place();
  await begun(at);
  assertMatch(basename(at.tempOf()), /^\.ftp-[0-9a-f]{32}$/);
  assertEquals(at.names(), [basename(at.tempOf())]);
  const [record] = [...Deno.readDirSync(at.temp.join("state"))];
  if (Deno.build.os !== "windows") {
    assertEquals(Deno.statSync(at.temp.join("state", record!.name)).mode! & 0o777, 0o600);
    assertEquals(Deno.statSync(at.temp.join("state")).mode! & 0o777, 0o700);
  }
  await using part = openPart(at.target, at.records()).part;
  assertEquals([part.origin, part.length, part.isLasting], [ORIGIN, 5, true]);
  await part.readBack(() => {});
  assertEquals(await part.install({ ...INSTALL, replace: false }), []);
  assertEquals(at.names(), ["file"]);
  assertEquals(namesIn(at.temp.join("state")), []);
});

Deno.test("PartFile.install() leaves a file alone that came meanwhile, and keeps the part", async () => {
  using at = place();
  {
    await using part = openPart(at.target, at.records()).part;
    await part.restart(ORIGIN);
    await part.write(new Chunk(CONTENT));
    Deno.writeTextFileSync(at.target, "mine");
    const { code } = await assertRejects(() => part.install({ ...INSTALL, replace: false }), StatusError);
    assertEquals(code, 403);
  }
  assertEquals(Deno.readTextFileSync(at.target), "mine");
  assertEquals(Deno.readTextFileSync(at.tempOf()), "HELLO");
  await using part = openPart(at.target, at.records()).part;
  await part.install({ ...INSTALL, replace: true });
  assertEquals(Deno.readTextFileSync(at.target), "HELLO");
});

Deno.test("openPart() refuses a part that got its name between opening and locking it", async () => {
  using at = place();
  await begun(at);
  const { tryLockSync } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    },
  };
  Deno.FsFile.prototype.tryLockSync = function (exclusive) {
    // Right here another program has finished the same download.
    Deno.renameSync(at.tempOf(), at.target);
    return tryLockSync.call(this, exclusive);
  };
  assertEquals(assertThrows(() => openPart(at.target, at.records()), StatusError).code, 403);
  assertEquals(Deno.readTextFileSync(at.target), "HELLO");
});

Deno.test("openPart() refuses a part that another program writes, and never mixes two that begin at once", async () => {
  using at = place();
  {
    await using first = openPart(at.target, at.records()).part;
    await first.restart(ORIGIN);
    const { code, message } = assertThrows(() => openPart(at.target, at.records()), StatusError);
    assertEquals([code, message], [403, `Local "${at.target}" is being downloaded by another program`]);
  }
  // Both looked before either had written its record.
  const blind = at.records();
  blind.ofTarget = () => [];
  await using one = openPart(at.target, blind).part;
  await using other = openPart(at.target, blind).part;
  for (const [part, text] of [[one, "HELLO"], [other, "WORLD"]] as const) {
    await part.restart(ORIGIN);
    await part.write(new Chunk(new TextEncoder().encode(text)));
  }
  assertEquals(at.records().ofTarget(at.target).length, 2);
  await one.install({ ...INSTALL, replace: true });
  assertEquals(Deno.readTextFileSync(at.target), "HELLO");
  await other.install({ ...INSTALL, replace: true });
  assertEquals(Deno.readTextFileSync(at.target), "WORLD");
  assertEquals([at.names(), namesIn(at.temp.join("state"))], [["file"], []]);
});

Deno.test("openPart() touches no file that is not surely the one it left", async () => {
  const changes: Record<string, (path: string) => void> = {
    "another file": (path) => {
      Deno.writeTextFileSync(`${path}x`, "the user's");
      Deno.renameSync(`${path}x`, path);
    },
    "a folder": (path) => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    },
    "a link to it": (path) => {
      Deno.renameSync(path, `${path}x`);
      Deno.symlinkSync(`${path}x`, path);
    },
    "known by two names": (path) => Deno.linkSync(path, `${path}x`),
  };
  for (const [what, change] of Object.entries(changes)) {
    using at = place();
    await begun(at);
    const left = at.tempOf();
    change(left);
    const before = Deno.lstatSync(left);
    const names = at.names();
    {
      const { part, foreign } = openPart(at.target, at.records());
      await using _part = part;
      assertEquals([part.length, foreign], [0, left], what);
    }
    const after = Deno.lstatSync(left);
    assertEquals([after.ino, after.size, at.names()], [before.ino, before.size, names], what);
  }
});

Deno.test("openPart() starts over when the part is gone, the record damaged, or the record speaks of another file", async () => {
  using at = place();
  await begun(at);
  const [name] = namesIn(at.temp.join("state"));
  const record = JSON.parse(Deno.readTextFileSync(at.temp.join("state", name!)));
  const mine = join(at.folder, "mine");
  Deno.writeTextFileSync(mine, "HELLO");
  for (
    const text of ["{", "null", "[]", JSON.stringify({ ...record, temp: mine, ino: String(Deno.statSync(mine).ino) })]
  ) {
    Deno.writeTextFileSync(at.temp.join("state", name!), text);
    await using part = openPart(at.target, at.records()).part;
    assertEquals(part.length, 0, text);
  }
  assertEquals(Deno.readTextFileSync(mine), "HELLO");
  Deno.writeTextFileSync(at.temp.join("state", name!), JSON.stringify(record));
  Deno.removeSync(record.temp);
  await using part = openPart(at.target, at.records()).part;
  assertEquals(part.length, 0);
});

Deno.test("PartFile.install() says that the file is in place when only its durability or its record fails", async () => {
  using at = place();
  await begun(at);
  await using part = openPart(at.target, at.records()).part;
  const { openSync, removeSync } = Deno;
  using _stub = {
    [Symbol.dispose]: () => void Object.assign(Deno, { openSync, removeSync }),
  };
  const fail = (code: string) => {
    throw Object.assign(new Error(`${code} happened`), { code: `X${code}` });
  };
  Object.assign(Deno, {
    openSync: (path: string, options?: Deno.OpenOptions) =>
      path === at.folder ? fail("EMFILE") : openSync(path, options),
    removeSync: (path: string) => path.endsWith(".json") ? fail("EIO") : removeSync(path),
  });
  const warnings = await part.install({ ...INSTALL, replace: false });
  assertEquals(warnings, [
    `warning: "${at.target}" is in place, but it may be lost if the power fails now: its folder cannot be synced: EMFILE happened`,
    `warning: "${at.target}" is in place, but the record of its download cannot be removed: EIO happened`,
  ]);
  assertEquals(Deno.readTextFileSync(at.target), "HELLO");
});

Deno.test("PartFile.install() gives no name to what somebody put in the place of its temporary file", async () => {
  using at = place();
  await using part = openPart(at.target, at.records()).part;
  await part.restart(ORIGIN);
  await part.write(new Chunk(CONTENT));
  const left = at.tempOf();
  Deno.writeTextFileSync(`${left}x`, "the user's");
  Deno.renameSync(`${left}x`, left);
  const { message } = await assertRejects(() => part.install({ ...INSTALL, replace: true }), StatusError);
  assertEquals(message, `The temporary file of "${at.target}" was removed or replaced meanwhile`);
  part.remove();
  assertEquals(at.names(), [basename(left)]);
  assert(Deno.readTextFileSync(left) === "the user's");
});
