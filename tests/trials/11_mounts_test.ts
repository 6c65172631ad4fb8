import { Chunk } from "../../protocol/frame/chunk.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { isStagingName } from "../../files/staging_name.ts";
import { RECORD_LIMIT_BYTES } from "../../protocol/message/record.ts";
import { type VirtualPath, virtualPath } from "../../protocol/virtual_path.ts";
import { bytesUnder } from "../../users/recount.ts";
import { type Ran, runFtp } from "../run_ftp.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { mounted } from "../mounts.ts";
import { BareHome } from "../server/bare_home.ts";
import { put } from "../server/jailed.ts";
import { RawClient } from "../server/raw_client.ts";
import { assertRan, makeTree, namesOf } from "../tree/kit.ts";

const at = (path: string): VirtualPath => virtualPath(path);

/** Whether this machine lets us mount. */
const canMount = (() => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("at"));
  using mount = mounted({ at: temp.join("at"), size: "1m" });
  return mount.isThere;
})();

function made(path: string): string {
  Deno.mkdirSync(path, { recursive: true });
  return path;
}

/** What waits in the hidden folder at the top of a volume. */
function waitingIn(top: string, user = "alice"): string[] {
  const hidden = [...Deno.readDirSync(top)].filter(({ name }) => isStagingName(name));
  const found = hidden.flatMap(({ name }) => {
    try {
      return namesOf(join(top, name, user));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });
  return found.toSorted();
}

Deno.test({
  name: "row 11: put, put -r, an overwrite and a resume work in a home on its own volume and on mounts in a home",
  ignore: !canMount,
  async fn() {
    using temp = new TempDir();
    // As it comes: no smaller reserve than that of every server.
    await using server = await TestServer.start(["--no-tls"]);
    await server.addUsers("8M", "alice", "bob");
    const home = server.home("alice");
    using _home = mounted({ at: home, size: "10m" });
    using _inside = mounted({ at: made(`${home}/mnt`), size: "12m" });
    using _bound = mounted({ at: made(`${home}/bound`), source: made(temp.join("elsewhere")) });
    // The same folder in another home: the two share a volume, and nothing else.
    using _bobs = mounted({ at: made(`${server.home("bob")}/shared`), source: temp.join("elsewhere") });
    const tree = makeTree(temp.join("tree"), {
      "top": "1",
      "mnt/a": "2",
      "mnt/sub/large": someBytes(RECORD_LIMIT_BYTES + 1),
      "bound/b": "3",
    });
    const remote = `alice@${server.address}:`;
    const ran: Ran[] = [];
    for (const args of [["put", `${tree}/top`, `${remote}one`], ["sync", tree, `${remote}/`]]) {
      ran.push(await server.ftp(args));
    }
    for (const one of ran) assertRan(one, 0);
    using client = await RawClient.login(server, "alice");
    for (const path of ["/one", "/mnt/a", "/bound/b", "/mnt/sub/new"]) {
      assertEquals([path, await put(client, path, "again")], [path, 201]);
    }
    assertEquals(namesOf(temp.join("elsewhere")).filter((name) => !isStagingName(name)), ["b"]);
    assertEquals(Deno.readTextFileSync(`${home}/mnt/a`), "again");

    // A part waits on its own volume, and is found there.
    const whole = someBytes(600_000);
    const sha256 = await sha256Of(whole);
    const request = { path: "/mnt/sub/part", size: whole.length, source: "one" };
    using first = await RawClient.login(server, "alice");
    const { id } = await first.request("put", request);
    await first.sendFrame({ type: "data", id }, whole.subarray(0, 400_000));
    await first.sendFrame({ type: "stop", id });
    assertEquals((await first.receive())!.header.code, 206);
    assertEquals(waitingIn(`${home}/mnt`).length, 1);
    const go = await first.request("put", request);
    assertEquals([go.code, go.offset], [205, 400_000]);
    await first.sendFrame({ type: "resume", id: go.id, offset: 400_000 });
    await first.sendFrame({ type: "data", id: go.id }, whole.subarray(400_000));
    await first.sendFrame({ type: "end", id: go.id, size: whole.length, sha256 });
    assertEquals((await first.receive())!.header.code, 201);
    assertEquals(waitingIn(`${home}/mnt`), []);

    // Nobody sees where uploads wait, and nothing of it counts.
    using bob = await RawClient.login(server, "bob");
    assertEquals(await put(bob, "/shared/bobs", "bob"), 201);
    const listed = await server.shell("alice", "ls -a; ls -a mnt; ls -R; quota", ["--json"]);
    assertRan(listed, 0);
    assert(!/staging|skipped/.test(listed.stdout + listed.stderr), listed.stdout);
    assertRan(await server.ftp(["get", "-r", `${remote}/`, temp.join("copy")]), 0);
    assertEquals(namesOf(temp.join("copy")).filter((name) => /staging/.test(name)), []);
    // What bob stored in the shared folder is there for alice, too.
    assertEquals(server.used("alice") + "bob".length, bytesUnder(home));
    const counted = await runFtp(["quota", "alice", "--recount", "--json", "--root", server.root.directory]);
    assertEquals(JSON.parse(counted.stdout).used, bytesUnder(home));
    const { code } = await client.request("put", { path: "/bound/large", size: 9_000_000 });
    assertEquals(code, 404);
    assertEquals((await server.stop()).log.match(/"code":500/g), null);
  },
});

Deno.test({
  name:
    "row 11: a start keeps the parts on other volumes, removes orphans there, and names the home that it cannot serve",
  ignore: !canMount,
  async fn() {
    using temp = new TempDir();
    const root = made(temp.join("root"));
    // The folder of all homes is a volume, and homes on it are others.
    using _homes = mounted({ at: made(join(root, "home")) });
    let server = await TestServer.start(["--no-tls", "--disk-reserve", "0"], root, { process: true });
    try {
      await server.addUsers("8M", "alice", "bob", "carol");
      using _mount = mounted({ at: made(`${server.home("alice")}/mnt/deep`) });
      using _bobs = mounted({ at: server.home("bob"), size: "4m" });
      const part = await interrupted(server, "alice", "/mnt/deep/part");
      const other = await interrupted(server, "alice", "/other");
      await interrupted(server, "bob", "/part");
      await server.stop("SIGKILL");
      const hidden = [...Deno.readDirSync(`${server.home("alice")}/mnt/deep`)].find(({ name }) => isStagingName(name))!;
      const orphans = [`${server.home("alice")}/mnt/deep`, `${root}/home`, server.home("bob")]
        .map((top) => join(made(join(top, hidden.name, "alice")), "orphan"));
      for (const orphan of orphans) Deno.writeTextFileSync(orphan, "nobody's");
      // Of another server that has the same volume: none of our business.
      const stranger = join(made(`${server.home("alice")}/mnt/deep/${hidden.name}0/alice`), "part");
      Deno.writeTextFileSync(stranger, "theirs");
      new Deno.Command("mount", { args: ["-o", "remount,ro", server.home("bob")] }).outputSync();

      server = await TestServer.start(["--no-tls", "--disk-reserve", "0"], root);
      assertEquals(waitingIn(`${server.home("alice")}/mnt/deep`), [part, "part"].toSorted());
      assertEquals(waitingIn(`${root}/home`), [other]);
      assertEquals(Deno.readTextFileSync(stranger), "theirs");
      for (const path of ["/mnt/deep/part", "/other"]) {
        using client = await RawClient.login(server, "alice");
        const go = await client.request("put", { path, size: 600_000 });
        assertEquals([path, go.code, go.offset], [path, 205, 400_000]);
      }
      using client = await RawClient.login(server, "carol");
      assertEquals(await put(client, "/file", "served"), 201);
      const { log } = await server.stop();
      assertMatch(log, /"event":"home takes no uploads","user":"bob","reason":"the disk is read-only"/);
      assertEquals(log.match(/home takes no uploads/g)?.length, 1);
      assertMatch(log, /"event":"orphan stays".*read-only/);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  },
});

/** Leaves a part of 400,000 of 600,000 bytes; returns its id. */
async function interrupted(server: TestServer, user: string, path: string): Promise<string> {
  using client = await RawClient.login(server, user);
  const { code, id } = await client.request("put", { path, size: 600_000, source: path });
  assertEquals(code, 202);
  await client.sendFrame({ type: "data", id }, someBytes(400_000));
  await client.sendFrame({ type: "stop", id });
  assertEquals((await client.receive())!.header.code, 206);
  await client.sendFrame({ type: "request", id: client.nextId() + 100, command: "parts" });
  const { body } = (await client.receive())!;
  const parts = new TextDecoder().decode(body).trim().split("\n").map((line) => JSON.parse(line));
  return parts.find((one) => one.path === path).part;
}

Deno.test({
  name: "row 11: mv copies a file to another volume, within the quota, and refuses folders and mounts with a true word",
  ignore: !canMount,
  async fn() {
    using bare = new BareHome();
    const { home, folder } = bare;
    using _mount = mounted({ at: made(`${folder}/mnt`) });
    using _held = mounted({ at: made(`${folder}/holds/it`) });
    await home.makeFolder(at("/folder/sub"), { parents: true });
    await bare.put("/file", 300_000);
    Deno.utimeSync(`${folder}/file`, 1_000, 1_000);
    Deno.chmodSync(`${folder}/file`, 0o700);
    assertEquals(await home.move(at("/file"), at("/mnt/moved")), undefined);
    const { mtime, mode, size } = Deno.statSync(`${folder}/mnt/moved`);
    assertEquals([mtime?.getTime(), mode! & 0o777, size], [1_000_000, 0o700, 300_000]);
    assertEquals([namesOf(folder).includes("file"), bare.used, bare.home.usage().reserved], [false, 300_000, 0]);
    await home.move(at("/mnt/moved"), at("/holds/it/back"));
    assertEquals([waitingIn(`${folder}/mnt`), waitingIn(`${folder}/holds/it`)], [[], []]);

    const refused: [from: string, to: string, sentence: string][] = [
      [
        "/folder",
        "/mnt/folder",
        '"/folder" and "/mnt" are on different volumes; copy the folder with get -r and put -r',
      ],
      ["/mnt", "/elsewhere", '"/mnt" is a mount and stays where it is'],
      ["/holds", "/elsewhere", '"/holds" holds "/holds/it", which is a mount and stays where it is'],
      ["/mnt", "/holds/it/mnt", '"/mnt" is a mount and stays where it is'],
    ];
    const before = namesOf(folder);
    for (const [from, to, sentence] of refused) {
      const error = await home.move(at(from), at(to)).catch((error) => error);
      assertEquals([error.code, error.message], [406, sentence]);
    }
    assertEquals(namesOf(folder), before);
    await home.move(at("/folder"), at("/renamed"));

    // Both copies count while there are two.
    await bare.put("/large", 60_000_000);
    const full = await home.move(at("/large"), at("/mnt/large")).catch((error) => error);
    assertMatch(full.message, /^Not enough space for "large": 57\.2 MiB needed, 37\.9 MiB of 95\.4 MiB free/);
    assertEquals([full.code, bare.used, home.usage().reserved], [404, 60_300_000, 0]);

    // It is there once whatever fails, and a change in between is seen.
    await bare.put("/steady", 400_000);
    bare.onWork = () => Deno.writeTextFileSync(`${folder}/steady`, "new");
    const changing = home.move(at("/steady"), at("/mnt/steady")).catch((error) => error);
    assertEquals((await changing).code, 409);
    assertEquals(Deno.readTextFileSync(`${folder}/steady`), "new");
    assertEquals([namesOf(`${folder}/mnt`).includes("steady"), waitingIn(`${folder}/mnt`)], [false, []]);
  },
});

Deno.test({
  name: "row 11: a volume that comes or goes in the middle of an upload loses nothing and is no failure of the server",
  ignore: !canMount,
  async fn() {
    using bare = new BareHome();
    const { home, folder } = bare;
    made(`${folder}/mnt`);
    const content = someBytes(500_000);
    const end = { size: content.length, sha256: await sha256Of(content) };
    const plan = { path: at("/mnt/file"), size: content.length, mtime: 5_000, create: false, source: "", exec: true };
    {
      await using upload = await home.upload(plan);
      await upload.write(new Chunk(new Uint8Array(content)));
      await using tree = home.storeTree(at("/"), { bytes: 3, more: 0 });
      const sha256 = await sha256Of(content.subarray(0, 3));
      tree.addFile({ name: "mnt/small", content: content.subarray(0, 3), sha256, mtime: 7_000, exec: true });
      using _mount = mounted({ at: `${folder}/mnt` });
      assertEquals((await upload.commit(end)).doubt, undefined);
      await tree.flush();
      assertEquals([tree.failures, tree.files], [[], 1]);
      assertEquals(namesOf(`${folder}/mnt`).filter((name) => !isStagingName(name.slice(0, name.indexOf("/")))), [
        "file",
        "small",
      ]);
      const { mtime, mode, size } = Deno.statSync(`${folder}/mnt/file`);
      assertEquals([mtime?.getTime(), mode! & 0o777, size], [5_000, 0o700, content.length]);
      assertEquals(Deno.statSync(`${folder}/mnt/small`).mtime?.getTime(), 7_000);
      assertEquals(bare.used, bytesUnder(folder));
      assertEquals(namesOf(bare.staging), []);
    }
    const gone = { path: at("/mnt/gone"), size: 3, mtime: 0, create: false, source: "", exec: false };
    const mount = mounted({ at: `${folder}/mnt` });
    await using upload = await home.upload(gone);
    await upload.write(new Chunk(new Uint8Array(content.subarray(0, 3))));
    mount[Symbol.dispose]();
    const error = await upload.commit({ size: 3, sha256: await sha256Of(content.subarray(0, 3)) }).catch((error) =>
      error
    );
    const sentence = 'The volume that "/mnt/gone" was on its way to is gone; send it again';
    assertEquals([error.code, error.message], [406, sentence]);
    assertEquals(namesOf(`${folder}/mnt`), []);
  },
});

Deno.test("row 11: a border inside a file system, which only the rename itself meets, is no failure either", async () => {
  using bare = new BareHome();
  const { renameSync } = Deno;
  // As with quotas by project: nothing tells the two places apart before.
  const stub = (from: string | URL, to: string | URL): void => {
    if (String(from).startsWith(bare.staging) && Deno.lstatSync(from)) {
      throw Object.assign(new Error("Invalid cross-device link"), { code: "EXDEV" });
    }
    renameSync(from, to);
  };
  const probed = (from: string | URL, to: string | URL): void => {
    if (String(from).includes("probe")) return renameSync(from, to);
    stub(from, to);
  };
  Object.defineProperty(Deno, "renameSync", { value: probed, configurable: true, writable: true });
  try {
    await bare.put("/file", 300_000);
    const content = new Uint8Array(7);
    await using tree = bare.home.storeTree(at("/"), { bytes: 7, more: 0 });
    tree.addFile({ name: "small", content, sha256: await sha256Of(content), mtime: 5_000, exec: false });
    await tree.flush();
    assertEquals(tree.failures, []);
  } finally {
    Object.defineProperty(Deno, "renameSync", { value: renameSync, configurable: true, writable: true });
  }
  const shown = [...bare.home.list(at("/"))].flatMap((
    { entries, skipped },
  ) => [...entries.map(({ name }) => name), skipped]);
  assertEquals(shown, ["file", "small", 0]);
  assertEquals([bare.used, bytesUnder(bare.folder), waitingIn(bare.folder)], [300_007, 300_007, []]);
  assertEquals(namesOf(bare.staging), []);
});
