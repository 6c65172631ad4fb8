import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ChaosProxy, type Direction, type Weather } from "../chaos_proxy.ts";
import { ftpCommand, type Ran } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { afterBytes } from "../wire_position.ts";
import {
  assertRan,
  assertSameTree,
  assertSettled,
  bytesOfTree,
  makeTree,
  manyFiles,
  namesOf,
  stagedOf,
} from "./kit.ts";

/** Several groups of small files, and large ones after them. */
const TREE = {
  ...manyFiles(400, { folders: 7, bytes: 3_000 }),
  "large 1": someBytes(1_000_000, 1),
  "large 2": someBytes(1_500_000, 2),
  "empty": null,
};
/** In the login, in a group of small files, and in a large file. */
const PLACES = [2_000, 700_000, 2_000_000];

/** A server behind a network that cuts. */
async function bench() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await TestServer.start(["--no-tls"]));
  const temp = stack.use(new TempDir());
  await server.addUsers("100M", "alice");
  const proxy = stack.use(await ChaosProxy.start(server.port));
  const run = (args: string[], weather: Weather[] = []): Promise<Ran> => {
    proxy.forecast = weather;
    return server.ftp(args.map((arg) => arg.replace("REMOTE:", `alice@${proxy.address}:`)));
  };
  return { server, temp, proxy, run, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function cutAt(direction: Direction, bytes: number): Weather {
  return { cut: { direction, at: afterBytes(bytes), how: "reset" } };
}

/** Nothing that an interruption may leave behind. */
function assertNoParts(folder: string): void {
  assertEquals(namesOf(folder).filter((name) => name.includes(".ftp-")), []);
}

for (const place of PLACES) {
  Deno.test(`put -r comes back by itself and ends well when the connection breaks after ${place} bytes`, async () => {
    await using at = await bench();
    const source = makeTree(at.temp.join("tree"), TREE);
    const ran = await at.run(["put", "-r", source, "REMOTE:", "--json"], [cutAt("up", place)]);
    // A connection that breaks in the login is a failure to connect; later it comes back.
    if (ran.code === 3) assertRan(await at.run(["put", "-r", source, "REMOTE:"]), 0);
    else assertRan(ran, 0, { failed: 0 });
    assertSameTree(join(at.server.home("alice"), "tree"), source, ran.stderr);
    assertSettled(at.server);
    assertRan(await at.run(["put", "-r", source, "REMOTE:", "--json"]), 0, { files: 0, unchanged: 402 });
  });

  Deno.test(`get -r comes back by itself and ends well when the connection breaks after ${place} bytes`, async () => {
    await using at = await bench();
    const home = makeTree(at.server.home("alice"), TREE);
    const target = at.temp.join("back");
    const ran = await at.run(["get", "-r", "REMOTE:/", target, "--json"], [cutAt("down", place)]);
    if (ran.code === 3) assertRan(await at.run(["get", "-r", "REMOTE:/", target]), 0);
    else assertRan(ran, 0, { failed: 0 });
    assertSameTree(target, home, ran.stderr);
    assertNoParts(target);
  });
}

Deno.test("put -r and get -r come back when the connection breaks again and again", async () => {
  await using at = await bench();
  const source = makeTree(at.temp.join("tree"), TREE);
  const weather = (direction: Direction) => [300_000, 800_000, 900_000].map((bytes) => cutAt(direction, bytes));
  assertRan(await at.run(["put", "-r", source, "REMOTE:", "--json"], weather("up")), 0, { failed: 0 });
  assertEquals(at.proxy.connections, 4);
  assertSameTree(join(at.server.home("alice"), "tree"), source);
  assertSettled(at.server);
  const target = at.temp.join("back");
  assertRan(await at.run(["get", "-r", "REMOTE:tree", target, "--json"], weather("down")), 0, { failed: 0 });
  assertEquals(at.proxy.connections, 8);
  assertSameTree(target, source);
  assertNoParts(target);
});

Deno.test("put -r and get -r -P 3 come back when one of the connections breaks", async () => {
  await using at = await bench();
  const source = makeTree(at.temp.join("tree"), TREE);
  const weather = (direction: Direction) => [{}, cutAt(direction, 300_000)];
  const put = await at.run(["put", "-r", "-P", "3", source, "REMOTE:", "--json"], weather("up"));
  assertRan(put, 0, { failed: 0 });
  assertSameTree(join(at.server.home("alice"), "tree"), source, put.stderr);
  assertSettled(at.server);
  const target = at.temp.join("back");
  const get = await at.run(["get", "-r", "-P", "3", "REMOTE:tree", target, "--json"], weather("down"));
  assertRan(get, 0, { failed: 0 });
  assertSameTree(target, source, get.stderr);
  assertNoParts(target);
});

Deno.test("put -r and get -r exit 3, leave whole files alone, and the same command ends well when it may not retry", async () => {
  await using at = await bench();
  const source = makeTree(at.temp.join("tree"), TREE);
  const put = ["put", "-r", source, "REMOTE:", "--json"];
  assertEquals((await at.run([...put, "--retries", "0"], [cutAt("up", 1_500_000)])).code, 3);
  // A new session is answered after the old one has let go: nothing has to be waited for.
  assertRan(await at.run(put), 0, { failed: 0 });
  assertSameTree(join(at.server.home("alice"), "tree"), source);
  assertSettled(at.server);
  const get = ["get", "-r", "REMOTE:tree", at.temp.join("back"), "--json"];
  assertEquals((await at.run([...get, "--retries", "0"], [cutAt("down", 1_500_000)])).code, 3);
  const half = at.temp.join("back");
  // A large file goes on where it was; of small ones nothing half is left.
  assertEquals(namesOf(half).filter((name) => /\.ftp-\w+-\d+$/.test(name)), []);
  // The folder is there now, but as this command has made it, and could not finish it.
  assertRan(await at.run(get), 0, { failed: 0 });
  assertSameTree(half, source);
});

Deno.test("put -r counts right and starts over cleanly when the server is killed in the middle", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const source = makeTree(temp.join("tree"), TREE);
  {
    await using server = await TestServer.start(["--no-tls"], root, { process: true });
    await server.addUsers("100M", "alice");
    await using proxy = await ChaosProxy.start(server.port, [
      { cut: { direction: "up", at: afterBytes(1_500_000), how: "stall" } },
    ]);
    // The folders are there already, so that the first file in one of them is noticed.
    makeTree(server.home("alice"), Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`tree/d${at}`, null])));
    using watcher = Deno.watchFs(server.home("alice"));
    const args = ["put", "-r", source, `alice@${proxy.address}:`, "--retries", "0", ...server.clientArgs()];
    const env = { FTP_PASSWORD: PASSWORD };
    const child = ftpCommand(args, { stdin: "null", stdout: "null", stderr: "null", env }).spawn();
    for await (const _ of watcher) if (bytesOfTree(server.home("alice")) > 0) break;
    await server.stop("SIGKILL");
    proxy.breakAll("reset");
    assertEquals((await child.status).code, 3);
    const stored = bytesOfTree(server.home("alice"));
    assert(stored > 0 && stored < bytesOfTree(source), `${stored}`);
  }
  await using server = await TestServer.start(["--no-tls"], root);
  assertEquals(server.used("alice"), bytesOfTree(server.home("alice")));
  assertEquals(stagedOf(server), []);
  assertRan(await server.ftp(["put", "-r", source, `alice@${server.address}:`, "--json"]), 0, { failed: 0 });
  assertSameTree(join(server.home("alice"), "tree"), source);
  assertSettled(server);
});

Deno.test("put -r stops, keeps whole files and leaves nothing in staging when it is interrupted", async () => {
  await using at = await bench();
  const source = makeTree(at.temp.join("tree"), TREE);
  const isStalled = Promise.withResolvers<void>();
  at.proxy.onCut = isStalled.resolve;
  at.proxy.forecast = [{ cut: { direction: "up", at: afterBytes(1_000_000), how: "stall" } }];
  const args = ["put", "-r", source, `alice@${at.proxy.address}:`, ...at.server.clientArgs()];
  const env = { FTP_PASSWORD: PASSWORD };
  const child = ftpCommand(args, { stdin: "null", stdout: "null", stderr: "null", env }).spawn();
  await isStalled.promise;
  child.kill("SIGINT");
  at.proxy.release();
  assertEquals((await child.status).code, 130);
  assertRan(await at.run(["put", "-r", source, "REMOTE:", "--json"]), 0, { failed: 0 });
  assertSameTree(join(at.server.home("alice"), "tree"), source);
  assertSettled(at.server);
});
