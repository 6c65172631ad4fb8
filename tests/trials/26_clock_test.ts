import { Chunk } from "../../protocol/frame/chunk.ts";
import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { type Clocks, PartAges } from "../../server/storage/part_ages.ts";
import { TestServer } from "../test_server.ts";
import { BareHome } from "../server/bare_home.ts";
import { RawClient } from "../server/raw_client.ts";

const DAY_MS = 86_400_000;
const YEARS_MS = 3_650 * DAY_MS;

/** Two clocks of our own. */
class FakeClocks implements Clocks {
  wall = Date.UTC(2026, 0, 1);
  since = 0;
  now = () => this.wall;
  steady = () => this.since;

  /** Time goes by, on both. */
  pass(ms: number): void {
    this.wall += ms;
    this.since += ms;
  }
}

function record(id: string, updated: number) {
  return { id, userId: 1, path: "/a", bytes: 10, source: "", offset: 5, updated };
}

Deno.test("row 26: a part goes by its age only when the age holds up for a day of a clock that never jumps", () => {
  const clocks = new FakeClocks();
  const ages = new PartAges(clocks);
  const part = record("part", clocks.wall);
  const expired = () => ages.judge([part]).expired.map(({ id }) => id);
  // Ten years ahead for some hours, again and again.
  for (let turn = 0; turn < 5; turn++) {
    clocks.wall += YEARS_MS;
    assertEquals(expired(), []);
    clocks.pass(DAY_MS - 1);
    assertEquals(expired(), []);
    clocks.wall -= YEARS_MS;
    assertEquals(expired(), []);
  }
  clocks.pass(2 * DAY_MS + 6);
  assertEquals(expired(), []);
  clocks.pass(DAY_MS - 1);
  assertEquals(expired(), []);
  clocks.pass(1);
  assertEquals(expired(), ["part"]);
});

Deno.test("row 26: a part that was written while the clock was ahead begins its age anew, and does not stay for ever", () => {
  const clocks = new FakeClocks();
  const ages = new PartAges(clocks);
  const part = record("part", clocks.wall + YEARS_MS);
  assertEquals(ages.judge([part]), { expired: [], misdated: [] });
  clocks.pass(DAY_MS);
  assertEquals(ages.judge([part]), { expired: [], misdated: [part] });
});

Deno.test("row 26: UploadRegistry forgets what is too old by a sweep, and by nothing else", async () => {
  const clocks = new FakeClocks();
  clocks.wall = Date.now();
  using bare = new BareHome(clocks);
  const leave = async (name: string) => {
    const plan = { size: 3, mtime: 0, create: false, source: "", exec: false };
    await using upload = await bare.home.upload({ ...plan, path: virtualPath(name) });
    await upload.write(new Chunk(new Uint8Array(2)));
  };
  const names = () => bare.home.parts().map(({ path }) => path);
  const sweep = () => bare.uploads.parts.sweep(() => bare.place);
  await leave("/a");
  clocks.wall += YEARS_MS;
  sweep();
  await leave("/b");
  clocks.pass(DAY_MS / 2);
  sweep();
  assertEquals(names(), ["/a", "/b"]);
  clocks.pass(DAY_MS / 2);
  sweep();
  // It was seen to be too old half a day later than the other.
  assertEquals([names(), bare.home.usage().reserved], [["/b"], 3]);
});

Deno.test("row 26: a start and a put leave a part alone, however old it looks", async () => {
  await using first = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  await first.addUsers("10M", "alice");
  const put = async (server: TestServer, path: string) => {
    using client = await RawClient.login(server, "alice");
    const { id } = await client.request("put", { path, size: 10 });
    await client.sendFrame({ type: "data", id }, new Uint8Array(5));
    await client.sendFrame({ type: "stop", id });
    await client.receive();
    return (await client.request("quota")).reserved;
  };
  await put(first, "/old");
  await first.stop();
  const database = new DatabaseSync(first.root.database);
  database.prepare("UPDATE uploads SET updated = ?").run(Date.now() - YEARS_MS);
  database.close();
  await using second = await TestServer.start(["--no-tls", "--disk-reserve", "0"], first.root.directory);
  assertEquals(await put(second, "/new"), 20);
});
