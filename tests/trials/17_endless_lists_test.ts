import { assert, assertEquals, assertThrows } from "@std/assert";
import { Exchange } from "../../client/connection/exchange.ts";
import { ListBound } from "../../client/connection/list_bound.ts";
import { TreeJob } from "../../client/tree/job.ts";
import type { Header } from "../../protocol/message/header.ts";
import { StatusError } from "../../protocol/status.ts";
import { TempDir } from "../harness.ts";
import { watcherOf } from "../resume/kit.ts";
import { getFrom } from "../tree/hostile_get.ts";
import { HostileServer } from "../tree/hostile_server.ts";
import { failuresOf, listed, namesOf, PLAIN_OPTIONS } from "../tree/kit.ts";

const NOTHING = new Uint8Array(0);
const ENTRIES = "413 The server's list is longer than 1250000 entries; so much is not kept here";
const TEXT = "413 The server's list is longer than 192.0 MiB of text; so much is not kept here";

/** A folder as deep as a path may be, and files in it without an end, hundreds at a time. */
function* endlessTree(): Generator<unknown> {
  let path = "";
  for (let depth = 0; depth < 15; depth++) {
    path += (depth === 0 ? "" : "/") + "n".repeat(255);
    yield listed(path, "folder");
  }
  for (let page = 0;; page++) {
    const lines = Array.from(
      { length: 200 },
      (_, at) => JSON.stringify(listed(`${path}/${page * 200 + at}`, "file", 4)),
    );
    yield `${lines.join("\n")}\n`;
  }
}

/** Short names without an end, thousands at a time. */
function* endlessFolder(): Generator<string> {
  for (let page = 0;; page++) {
    const lines = Array.from({ length: 5_000 }, (_, at) => JSON.stringify(listed(`${page * 5_000 + at}`, "file")));
    yield `${lines.join("\n")}\n`;
  }
}

function* endlessParts(): Generator<unknown> {
  const path = "p".repeat(60_000);
  for (let at = 0;; at++) yield { part: `${at}`, path, size: 1, offset: 0, updated: 0, running: false };
}

Deno.test("row 17: get -r of an endless tree ends with 413, and the session lives on", async () => {
  await using server = await HostileServer.start({ tree: endlessTree(), heedsStop: true });
  using temp = new TempDir();
  const commands = `get -r /t ${temp.join("new")}; stat /t`;
  const ran = await server.run(["connect", "REMOTE", "-c", commands, "--keep-going"]);
  assertEquals([ran.code, failuresOf(ran)], [1, [TEXT]], ran.stderr);
  assertEquals(ran.stdout.startsWith("/t: folder"), true, ran.stdout);
  assertEquals(namesOf(temp.path), []);
});

Deno.test("row 17: sync --delete of an endless tree removes nothing", async () => {
  await using server = await HostileServer.start({ tree: endlessTree() });
  using temp = new TempDir();
  temp.file("mine", "kept");
  const ran = await server.run(["sync", "--delete", "REMOTE:t", temp.path]);
  assertEquals([ran.code, failuresOf(ran), namesOf(temp.path)], [1, [TEXT], ["mine"]]);
});

Deno.test("row 17: a pattern over an endless folder ends with 413", async () => {
  await using server = await HostileServer.start({ tree: endlessFolder() });
  using temp = new TempDir();
  const ran = await server.run(["get", "REMOTE:*", temp.path]);
  assertEquals([ran.code, failuresOf(ran), namesOf(temp.path)], [1, [ENTRIES], []]);
});

Deno.test("row 17: endless parts end with 413, and a server that does not stop is left", async () => {
  await using server = await HostileServer.start({ tree: endlessParts() });
  const ran = await server.run(["connect", "REMOTE", "-c", "parts; stat /t", "--keep-going"]);
  const [first, ...others] = failuresOf(ran);
  assertEquals([ran.code, first], [1, TEXT]);
  assert(others.every((line) => line.includes("the server does not stop when it is asked to")), others.join());
});

Deno.test("row 17: a path that is too long for any request is refused", async () => {
  const chain = Array.from({ length: 17 }, (_, depth) => Array(depth + 1).fill("n".repeat(255)).join("/"));
  await using at = await getFrom({ tree: chain.map((path) => listed(path, "folder")) });
  at.check();
  assertEquals([at.ran.code, failuresOf(at.ran)], [1, ["411 A path in the server's tree is too long"]]);
});

Deno.test("row 17: ListBound keeps what is allowed and not one thing more", { permissions: "none" }, () => {
  const refused = (bound: ListBound, text: string) => assertThrows(() => bound.keep(text), StatusError).code;
  const entries = new ListBound({ entries: 2, bytes: 100 });
  entries.keep("a");
  entries.keep();
  assertEquals(refused(entries, ""), 413);
  const bytes = new ListBound({ entries: 10, bytes: 8 });
  bytes.keep("four", "four");
  assertEquals(refused(bytes, "x"), 413);
  // What is beyond Latin-1 takes twice as much.
  const wide = new ListBound({ entries: 10, bytes: 8 });
  wide.keep("ééé");
  wide.keep("文字");
  assertEquals(refused(wide, "文"), 413);
});

Deno.test("row 17: TreeJob keeps no end of failures", () => {
  const job = new TreeJob(PLAIN_OPTIONS, watcherOf({}));
  const message = "m".repeat(60_000);
  const flood = () => {
    for (let at = 0; at < 10_000; at++) job.reported(`${at}`, { code: 406, message });
  };
  const { code, message: said } = assertThrows(flood, StatusError);
  assertEquals([code, said], [413, "The list of failures is longer than 192.0 MiB of text; so much is not kept here"]);
  assertEquals(job.failures.length, Math.floor(192 * 1024 ** 2 / message.length));
});

Deno.test("row 17: Exchange.cancel() gives a connection up that sends without an end", async () => {
  let isLeft = false;
  const released: Uint8Array[] = [];
  const exchange: Exchange = new Exchange(1, {
    send: () => Promise.resolve(),
    release: (body) => void released.push(body),
    onEnd() {},
    onEndless() {
      isLeft = true;
      exchange.fail(new StatusError(503, "Left"));
    },
  });
  const cancelling = exchange.cancel();
  const header: Header = { type: "data", id: 1 };
  const body = new Uint8Array(1_048_576);
  let sent = 0;
  for (; !isLeft && sent < 1_000; sent++) await exchange.deliver({ header, body });
  await cancelling;
  assertEquals([isLeft, released[0]], [true, body]);
  assert(sent >= 64 && sent < 100, `${sent}`);
  // A reply in time is the end as ever.
  const other = new Exchange(2, {
    send: () => Promise.resolve(),
    release() {},
    onEnd() {},
    onEndless: () => assert(false, "it has ended"),
  });
  const ending = other.cancel();
  await other.deliver({ header: { type: "data", id: 2 }, body: NOTHING });
  await other.deliver({ header: { type: "reply", id: 2, code: 206 }, body: NOTHING });
  await ending;
});
