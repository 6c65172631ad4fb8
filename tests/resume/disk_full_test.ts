import { assert, assertEquals, assertRejects } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { someBytes } from "../harness.ts";
import { type TestServer } from "../test_server.ts";
import { spawn } from "./interrupted.ts";
import { assertNothingLeft, Bench, isSameFile, MIB, namesIn, staged, until } from "./kit.ts";
import { canMount, run, smallDiskBench } from "./small_disk.ts";

async function codeOf(work: Promise<unknown>): Promise<number> {
  return (await assertRejects(() => work, StatusError)).code;
}

/** A file that takes up room on the disk while the server believes that there was enough. */
function fill(path: string, bytes: number): void {
  try {
    Deno.writeFileSync(path, new Uint8Array(bytes));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}

Deno.test({
  name: "StagedFile.write() fails with 404 and leaves nothing when the disk is full in the middle of a put",
  ignore: !canMount,
  async fn() {
    await using bench = await smallDiskBench("size=16m");
    const { disk, temp, server, client } = bench;
    await client.put(temp.file("first", someBytes(MIB, 1)), "/first");
    const source = temp.file("large", someBytes(12 * MIB, 2));
    const putting = codeOf(client.put(source, "/large"));
    // It has room when it starts, and loses it to somebody else.
    await until("it has started", () => staged(server, "alice").rows.length > 0);
    fill(`${disk.path}/somebody`, 8 * MIB);
    assertEquals(await putting, 404);
    assertEquals(client.link.session.remote.failure, undefined, "the session is alive");
    assertNothingLeft(server, "alice", "after a full disk");
    await client.put(temp.file("small", someBytes(500_000, 3)), "/small");
    await client.get("/first", temp.join("back"));
    assertNothingLeft(server, "alice", "after a smaller put");
  },
});

/** What the database could not take while the disk was full is booked a moment later. */
async function settled(server: TestServer, when: string): Promise<void> {
  const isSettled = () => {
    try {
      assertNothingLeft(server, "alice", when);
      return true;
    } catch {
      return false;
    }
  };
  await until(`all is booked ${when}`, isSettled);
}

Deno.test({
  name: "UploadRegistry gives all of the room back when a put fills the disk to its last byte again and again",
  ignore: !canMount,
  async fn() {
    await using bench = await smallDiskBench("size=12m");
    const { disk, temp, server, client } = bench;
    const source = temp.file("large", someBytes(9 * MIB, 2));
    for (let round = 0; round < 12; round++) {
      fill(`${disk.path}/somebody`, 0);
      const putting = client.put(source, `/large${round}`).then(() => 0, (error) => (error as StatusError).code);
      let isOver = false;
      putting.finally(() => isOver = true);
      await until("it has started", () => isOver || namesIn(`${server.root.staging}/alice`).length > 0);
      // Whatever is left after this much is for the put and the database to share.
      fill(`${disk.path}/somebody`, 3 * MIB + round * 50_000);
      const code = await putting;
      // It may have been through before the disk was full.
      assert([0, 404, 500].includes(code), `a put on a full disk ends with ${code}`);
      fill(`${disk.path}/somebody`, 0);
      if (code === 0) await client.link.run((remote) => remote.call("rm", { path: virtualPath(`/large${round}`) }));
      assertEquals(namesIn(`${server.root.staging}/alice`), [], `nothing is left in staging in round ${round}`);
      await settled(server, `in round ${round}`);
      await client.put(temp.file("small", someBytes(100_000, round)), "/small");
      await settled(server, `after a smaller put in round ${round}`);
    }
  },
});

Deno.test({
  name: "checkDiskSpace() refuses with 404 before a byte is sent when the disk has no room",
  ignore: !canMount,
  async fn() {
    await using bench = await smallDiskBench("size=8m");
    const { temp, server, client } = bench;
    const error = await assertRejects(
      () => client.put(temp.file("large", someBytes(20 * MIB)), "/large"),
      StatusError,
    );
    assertEquals(error.code, 404);
    assertEquals(error.details.needed, 20 * MIB);
    assertNothingLeft(server);
  },
});

Deno.test({
  name: "UploadRegistry.open() fails and leaves nothing when the disk has no inodes left",
  ignore: !canMount,
  async fn() {
    await using bench = await smallDiskBench("size=16m,nr_inodes=60");
    const { disk, temp, server, client } = bench;
    const small = temp.file("small", someBytes(1000));
    await client.put(small, "/first");
    let made = 0;
    for (; run("touch", [`${disk.path}/inode${made}`]); made++);
    assertEquals(await codeOf(client.put(small, "/second")), 404);
    assertNothingLeft(server, "alice", "without inodes");
    await client.get("/first", temp.join("back"));
    Deno.removeSync(`${disk.path}/inode0`);
    await client.put(small, "/second");
    assertNothingLeft(server, "alice", "with an inode");
  },
});

Deno.test({
  name: "Home refuses to write with 500 and goes on to read when the disk becomes read-only",
  ignore: !canMount,
  async fn() {
    await using bench = await smallDiskBench("size=16m");
    const { temp, server, client } = bench;
    const source = temp.file("source", someBytes(MIB));
    await client.put(source, "/first");
    // A server that has files open for writing keeps a disk from becoming read-only: bind it over its own folders.
    // The homes with it: uploads are staged wherever a rename to their place works.
    const places = [server.root.staging, server.root.homes];
    for (const place of places) assert(run("mount", ["--bind", "-o", "ro", place, place]), "bound");
    try {
      for (const place of places) assert(run("mount", ["-o", "remount,bind,ro", place]), "read-only");
      assertEquals(await codeOf(client.put(temp.file("other", someBytes(2000)), "/second")), 500);
      await client.get("/first", temp.join("back"));
      assert(isSameFile(source, temp.join("back")));
    } finally {
      for (const place of places) run("umount", [place]);
    }
    await client.put(temp.file("other", someBytes(2000)), "/second");
    assertNothingLeft(server);
  },
});

Deno.test("QuotaLedger takes back what an interrupted put has reserved when parts rm forgets it", async () => {
  await using bench = await Bench.start({ quota: "10M" });
  const source = bench.temp.file("source", someBytes(8 * MIB));
  const child = spawn(bench, ["put", source, "REMOTE:target", "--limit", "2M"]);
  // A part without a byte is not kept.
  const staging = `${bench.server.root.staging}/alice`;
  await until("bytes are there", () => namesIn(staging).some((name) => Deno.statSync(`${staging}/${name}`).size > 0));
  child.kill("SIGINT");
  await child.output();
  await using client = await bench.client();
  const other = bench.temp.file("other", someBytes(4 * MIB, 2));
  assertEquals(await codeOf(client.put(other, "/other")), 404, "the room is held");
  const [part] = staged(bench.server, "alice").rows;
  if (part) await client.link.session.remote.call("drop", { part: part.id });
  await client.put(other, "/other");
  assertNothingLeft(bench.server);
});
