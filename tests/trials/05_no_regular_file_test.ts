import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { download } from "../../client/transfer/download.ts";
import { RecordFolder } from "../../client/transfer/record_folder.ts";
import { SmallFileWriter } from "../../client/transfer/small_file_writer.ts";
import { TempRuns } from "../../client/transfer/temp_run.ts";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { RecordPacker } from "../../protocol/message/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { Client, namesIn, watcherOf } from "../resume/kit.ts";
import { put } from "../server/jailed.ts";
import { RawClient } from "../server/raw_client.ts";
import { assertSettled, failuresOf, makeTree } from "../tree/kit.ts";

const LARGE = 1_000_000;

function run(program: string, ...args: string[]): boolean {
  return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
}

/** Everything that is no regular file, with what a link leads to. @returns the names */
function plant(folder: string): string[] {
  Deno.mkdirSync(folder, { recursive: true });
  assert(run("mkfifo", join(folder, "fifo")));
  // The tests may not listen on it themselves; what is left of a listener is still a socket.
  const listen = `Deno.listen({ transport: "unix", path: ${JSON.stringify(join(folder, "socket"))} })`;
  assert(run(Deno.execPath(), "eval", `${listen}; Deno.exit()`));
  Deno.writeTextFileSync(join(folder, "real"), "kept");
  Deno.symlinkSync("real", join(folder, "link"));
  Deno.symlinkSync("nowhere", join(folder, "dangling"));
  Deno.symlinkSync("/etc/hostname", join(folder, "out"));
  const names = ["dangling", "fifo", "link", "out", "socket"];
  // Only root may make a device.
  return run("mknod", join(folder, "device"), "c", "1", "3") ? [...names, "device"].sort() : names;
}

/** What each of them is. */
function kindsIn(folder: string, names: readonly string[]): string[] {
  return names.map((name) => {
    const { isFifo, isSocket, isSymlink, isCharDevice, ino } = Deno.lstatSync(join(folder, name));
    return `${name} ${isFifo} ${isSocket} ${isSymlink} ${isCharDevice} ${ino}`;
  });
}

const POSIX = { ignore: Deno.build.os === "windows" };

Deno.test("row 5: nothing but a regular file is ever replaced by a file", POSIX, async (t) => {
  await using server = await TestServer.start(["--no-tls", "--disk-reserve", "0"]);
  await server.addUsers("none", "alice", "bob", "carol");
  using temp = new TempDir();
  const remote = (user: string) => `${user}@${server.address}:`;
  const home = server.home("alice");
  const here = temp.join("here");
  const names = plant(here);
  const before = kindsIn(here, names);
  const [largest, ...smaller] = names;
  makeTree(join(home, "here"), {
    [largest!]: someBytes(LARGE),
    ...Object.fromEntries(smaller.map((name) => [name, `new ${name}`])),
    "more": "more",
  });
  const assertKept = () => {
    assertEquals(kindsIn(here, names), before);
    assertEquals(Deno.readTextFileSync(join(here, "real")), "kept");
    assertEquals(namesIn(here).filter((name) => name.startsWith(".")), []);
  };

  await t.step("row 5: get of one file says 407, with and without --force, and does not advise it", async () => {
    const targets = [...names.map((name) => join(here, name)), "/dev/null"];
    const calls = targets.flatMap((target) => [`get here/more ${target}`, `get --force here/more ${target}`]);
    const ran = await server.shell("alice", calls.join("; "), ["--keep-going"]);
    const said = targets.map((target) => `407 Local "${target}" is not a regular file`);
    assertEquals(failuresOf(ran), said.flatMap((line) => [line, line]));
    assertEquals(ran.code, 1);
    assertKept();
  });

  await t.step("row 5: get of several files names each, and takes the rest", async () => {
    const args = [...names, "more"].map((name) => `${remote("alice")}here/${name}`);
    const ran = await server.ftp(["get", "--force", "--keep-going", ...args, here]);
    assertEquals(failuresOf(ran), names.map((name) => `407 Local "${join(here, name)}" is not a regular file`));
    assertEquals(Deno.readTextFileSync(join(here, "more")), "more");
    Deno.removeSync(join(here, "more"));
    assertKept();
  });

  for (
    const command of [
      ["get", "-r", "--force"],
      ["get", "-r", "--force", "--checksum", "-P", "3"],
      ["sync"],
      ["sync", "--delete", "-P", "2"],
    ]
  ) {
    await t.step(`row 5: ${command.join(" ")} names each, and takes the rest`, async () => {
      makeTree(join(home, "here"), { "real": "kept" });
      // A tree goes into a folder that is there; `sync` means the two folders themselves.
      const target = command[0] === "get" ? temp.path : here;
      const ran = await server.ftp([...command, `${remote("alice")}here`, target]);
      assertEquals(codesOf(failuresOf(ran)), names.map((name) => `407 ${name}`), ran.stderr);
      assertEquals(ran.code, 1);
      assertEquals(Deno.readTextFileSync(join(here, "more")), "more");
      Deno.removeSync(join(here, "more"));
      assertKept();
    });
  }

  await t.step("row 5: put, put of the same size, and store say 407 for what is planted on the server", async () => {
    const planted = join(server.home("bob"), "tree");
    assertEquals(plant(planted), names);
    const there = kindsIn(planted, names);
    const source = makeTree(temp.join("tree"), {
      [largest!]: someBytes(LARGE),
      ...Object.fromEntries(smaller.map((name) => [name, "same"])),
      "more": "more",
    });
    {
      using client = await RawClient.login(server, "bob");
      for (const name of names) {
        const path = `/tree/${name}`;
        const refused = { code: 407, message: `"${path}" is not a regular file` };
        for (const more of [{}, { replace: true }, { create: true }]) {
          const { code, message } = await client.request("put", { path, size: 4, ...more });
          assertEquals({ code, message }, refused, path);
        }
        assertEquals(await put(client, path, "text"), 407);
      }
    }
    const one = await server.ftp(["put", join(source, "link"), `${remote("bob")}tree/link`]);
    assertEquals(failuresOf(one), ['407 "/tree/link" is not a regular file']);
    for (const command of [["put", "-r", "-P", "2"], ["sync"], ["sync", "--delete"]]) {
      const ran = await server.ftp([...command, source, `${remote("bob")}${command[0] === "put" ? "" : "tree"}`]);
      assertEquals(codesOf(failuresOf(ran)), names.map((name) => `407 ${name}`), ran.stderr);
      assertEquals(Deno.readTextFileSync(join(planted, "more")), "more");
      assertEquals(kindsIn(planted, names), there);
    }
  });

  await t.step("row 5: store says 407 also to a client that has not looked", async () => {
    const planted = server.home("carol");
    plant(planted);
    const there = kindsIn(planted, names);
    using client = await RawClient.login(server, "carol");
    const failures = await storeAll(client, names);
    assertEquals(failures, names.map((name) => ({ name, code: 407, message: `"${name}" is not a regular file` })));
    assertEquals(kindsIn(planted, names), there);
    assertEquals(Deno.readTextFileSync(join(planted, "real")), "kept");
    // Removing and moving them is as it was.
    assertEquals((await client.request("rm", { path: "/link" })).code, 201);
    assertEquals((await client.request("mv", { from: "/fifo", to: "/moved" })).code, 201);
    for (const name of [...names, "moved", "real"]) await client.request("rm", { path: `/${name}` });
    assertSettled(server, "carol");
  });

  await t.step("row 5: get and get -r say 407 when it comes to be there in the middle", async () => {
    await using client = new Client(await server.session("alice"), 0);
    const target = join(here, "late");
    const { remote: connection, user } = client.link.session;
    const watcher = watcherOf({ begin: (phase) => phase === "transfer" && Deno.symlinkSync("nowhere", target) });
    const tools = {
      remote: connection,
      user,
      watcher,
      limit: new RateLimit(undefined),
      temps: client.temps,
      sources: client.sources,
      stopping: client.link.stopping,
    };
    const plan = { path: virtualPath("/here/more"), target, force: true };
    const error = await download(plan, tools).then(() => undefined, (error) => error);
    assert(error instanceof StatusError);
    assertEquals([error.code, error.message], [407, `Local "${target}" is not a regular file`]);
    assertEquals(Deno.readLinkSync(target), "nowhere");
  });
});

/** `407 NAME` of the sentences that name one of many. */
function codesOf(failures: readonly string[]): string[] {
  return failures.map((line) => /^(\d{3} [^:]+): /.exec(line)?.[1] ?? line).sort();
}

/** Stores a small file under each name. @returns what failed */
async function storeAll(client: RawClient, names: readonly string[]): Promise<unknown[]> {
  const packer = new RecordPacker();
  const content = new TextEncoder().encode("text");
  const sha256 = await sha256Of(content);
  for (const name of names) packer.add({ name, entry: "file", sha256 }, content);
  const { id } = await client.request("store", { path: "/", bytes: content.length * names.length, more: 0 });
  await client.sendFrame({ type: "data", id }, packer.take());
  const digests = await sha256Of(new TextEncoder().encode(sha256.repeat(names.length)));
  await client.sendFrame({ type: "end", id, size: content.length * names.length, sha256: digests });
  let lines = "";
  for (;;) {
    const { header, body } = (await client.receive())!;
    lines += new TextDecoder().decode(body);
    if (header.type !== "reply") continue;
    assertEquals(header.code, 201);
    return lines.trim().split("\n").map((line) => JSON.parse(line));
  }
}

Deno.test(
  "row 5: a group of small files replaces nothing that came to be there after the tree was looked at",
  POSIX,
  async () => {
    for (const crowd of [0, 6_000]) {
      using temp = new TempDir();
      const runs = new TempRuns(new RecordFolder(undefined));
      const content = new TextEncoder().encode("text");
      const sha256 = await sha256Of(content);
      for (let at = 0; at < crowd; at++) temp.file(`other ${at}`, "");
      using run = runs.begin(temp.path);
      await using writer = new SmallFileWriter(run);
      for (const round of [1, 2]) {
        const names = ["a", "folder", "link", "z"].map((name) => `${name}${round}`);
        for (const name of names) {
          writer.add({ name, target: temp.join(name), content, sha256, mtime: 0, exec: false });
        }
        Deno.symlinkSync("nowhere", temp.join(`link${round}`));
        Deno.mkdirSync(temp.join(`folder${round}`));
        const failed = (await writer.flush()).map(({ name, error }) => [name, (error as StatusError).message]);
        assertEquals(failed, [
          [`folder${round}`, `Local "${temp.join(`folder${round}`)}" is a folder`],
          [`link${round}`, `Local "${temp.join(`link${round}`)}" is not a regular file`],
        ]);
        assertEquals(["a", "z"].map((name) => Deno.readTextFileSync(temp.join(`${name}${round}`))), ["text", "text"]);
        assertEquals(Deno.readLinkSync(temp.join(`link${round}`)), "nowhere");
      }
      assertEquals(namesIn(temp.path).filter((name) => name.startsWith(".")), []);
    }
  },
);
