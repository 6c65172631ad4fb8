import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type SyncableFile, SyncGroup } from "../../files/sync_group.ts";

const permissions = "none";
const QUICK_MS = 0.1;
const SLOW_MS = 0.2;

/** A disk whose syncs take a time of our choice on a clock of our own. */
class FakeDisk {
  now = 0;
  readonly events: string[] = [];

  file(name: string, { ms = QUICK_MS, fails = false } = {}): SyncableFile {
    const sync = (how: string) => {
      this.events.push(`${how} ${name}`);
      this.now += ms;
      if (fails) throw new Error(`Cannot sync ${name}`);
    };
    return {
      // deno-lint-ignore require-await -- a sync that fails rejects
      sync: async () => sync("sync"),
      syncSync: () => sync("syncSync"),
      close: () => void this.events.push(`close ${name}`),
    };
  }

  group(): SyncGroup {
    return new SyncGroup(() => this.now);
  }
}

Deno.test("SyncGroup syncs and closes each file at once when that is quick", { permissions }, async () => {
  const disk = new FakeDisk();
  const group = disk.group();
  const names = ["a", "b", "c", "d", "e", "f"];
  for (const name of names) {
    group.add(disk.file(name));
    assertEquals(disk.events.splice(0), [`syncSync ${name}`, `close ${name}`]);
    // The clock has no say about floating-point dust.
    disk.now = 0;
  }
  await group.flush();
  assertEquals(disk.events, []);
});

Deno.test("SyncGroup keeps files for flush when one of the first was slow", { permissions }, async () => {
  const disk = new FakeDisk();
  const group = disk.group();
  group.add(disk.file("a"));
  disk.now = 0;
  group.add(disk.file("slow", { ms: SLOW_MS }));
  assertEquals(disk.events.splice(0), ["syncSync a", "close a", "syncSync slow", "close slow"]);
  group.add(disk.file("b"));
  group.add(disk.file("c"));
  assertEquals(disk.events, []);
  await group.flush();
  assertEquals(disk.events.splice(0), ["sync b", "sync c", "close b", "close c"]);
  await group.flush();
  assertEquals(disk.events, []);
});

Deno.test("SyncGroup stays with what it found when a later one is slow after four quick ones", { permissions }, () => {
  const disk = new FakeDisk();
  const group = disk.group();
  for (const name of ["a", "b", "c", "d"]) {
    group.add(disk.file(name));
    disk.now = 0;
  }
  group.add(disk.file("slow", { ms: SLOW_MS }));
  disk.events.length = 0;
  group.add(disk.file("e"));
  assertEquals(disk.events, ["syncSync e", "close e"]);
});

Deno.test("add() throws and closes the file when its sync fails", { permissions }, () => {
  const disk = new FakeDisk();
  const group = disk.group();
  assertThrows(() => group.add(disk.file("bad", { fails: true })), Error, "Cannot sync bad");
  assertEquals(disk.events.splice(0), ["syncSync bad", "close bad"]);
  group.add(disk.file("next"));
  assertEquals(disk.events, ["syncSync next", "close next"]);
});

Deno.test("flush() throws the first failure and closes all when some syncs fail", { permissions }, async () => {
  const disk = new FakeDisk();
  const group = disk.group();
  group.add(disk.file("slow", { ms: SLOW_MS }));
  disk.events.length = 0;
  for (const name of ["a", "bad 1", "b", "bad 2"]) group.add(disk.file(name, { fails: name.startsWith("bad") }));
  await assertRejects(() => group.flush(), Error, "Cannot sync bad 1");
  const closed = disk.events.filter((event) => event.startsWith("close"));
  assertEquals(closed, ["close a", "close bad 1", "close b", "close bad 2"]);
  // A failure is told once: the group starts anew.
  disk.events.length = 0;
  await group.flush();
  assertEquals(disk.events, []);
});

Deno.test("flush() leaves to the next one what is added while it runs", { permissions }, async () => {
  const disk = new FakeDisk();
  const group = disk.group();
  group.add(disk.file("slow", { ms: SLOW_MS }));
  group.add(disk.file("a"));
  disk.events.length = 0;
  const flushing = group.flush();
  group.add(disk.file("late"));
  await flushing;
  assertEquals(disk.events.splice(0), ["sync a", "close a"]);
  await group.flush();
  assertEquals(disk.events, ["sync late", "close late"]);
});
