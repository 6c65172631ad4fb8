import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Gauge } from "../../client/progress/gauge.ts";
import { TransferView } from "../../client/progress/view.ts";
import { exitStatusOf } from "../../console/exit_status.ts";
import { isStatusCode, STATUS_TEXT, StatusError } from "../../protocol/status.ts";
import { FakeTerminal } from "../fake_terminal.ts";
import { ftpArguments, runFtp } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { Bench, Client, MIB } from "../resume/kit.ts";
import { commandsOf, makeTree, namesOf } from "../tree/kit.ts";
import { afterContent } from "../wire_position.ts";

const REPOSITORY = new URL("../../", import.meta.url);

Deno.test("row 25: the table of codes in PROTOCOL.md says what the program does", () => {
  const page = Deno.readTextFileSync(fromFileUrl(new URL("protocol/PROTOCOL.md", REPOSITORY)));
  const rows = [...page.matchAll(/^\| (\d{3}) +\| ([^|]+?) +\| [^|]+\| (\d*)/gm)];
  assertEquals(
    rows.map(([, code, text]) => [Number(code), text]),
    Object.entries(STATUS_TEXT).map(([code, text]) => [
      Number(code),
      text,
    ]),
  );
  for (const [, digits, , status] of rows) {
    const code = Number(digits);
    assert(isStatusCode(code));
    if (code === 206 || code >= 400) assertEquals(exitStatusOf(new StatusError(code, "x")), Number(status), digits);
  }
});

Deno.test("row 25: a resumed put and get are logged with 205, the size, and what moved", async () => {
  await using bench = await Bench.start();
  const content = someBytes(8 * MIB);
  const source = bench.temp.file("source", content);
  const cutAt = async (direction: "up" | "down") => {
    bench.proxy.forecast = [{ cut: { direction, at: afterContent(6 * MIB), how: "half-close" } }];
    return new Client(await bench.server.session("alice", { port: bench.proxy.port }), 0);
  };
  const failing = (work: Promise<unknown>) => work.then(() => assert(false, "it was cut"), () => {});
  {
    await using first = await cutAt("up");
    await failing(first.put(source, "/target"));
  }
  {
    await using first = await cutAt("down");
    await first.settled();
    Deno.writeFileSync(`${bench.server.home("alice")}/there`, content);
    await failing(first.get("/there", bench.temp.join("back")));
  }
  await using second = await bench.client();
  await second.settled();
  const put = await second.put(source, "/target");
  const get = await second.get("/there", bench.temp.join("back"));
  assertEquals([put.code, get.code], [205, 205]);
  const logged = (await commandsOf(bench.server)) as unknown as Record<string, unknown>[];
  for (const [command, { moved }] of [["put", put], ["get", get]] as const) {
    const { code, size, bytes } = logged.filter((line) => line.command === command).at(-1)!;
    assertEquals([code, size, bytes], [205, 8 * MIB, moved], command);
    assert(moved < 8 * MIB);
  }
});

Deno.test("row 25: a first contact is one session in the log, and --verbose says how it was trusted", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const first = await server.ftp(["ls", "-v", `alice@${server.address}:`]);
  const again = await server.ftp(["ls", "-v", "--fingerprint", server.fingerprint!, `alice@${server.address}:`]);
  const pinned = await server.ftp(["connect", "--verbose", `alice@${server.address}`, "-c", "rm none"]);
  const lines = (stderr: string) => stderr.trimEnd().split("\n").map((line) => line.replace(/[\d.]+ ms/, "N ms"));
  const start = (why: string) => [
    `ftp: Connected to ${server.address} at ${server.address}`,
    `ftp: TLS with the certificate ${server.fingerprint}, ${why}`,
  ];
  const login =
    /^ftp: Logged in as alice by SCRAM-SHA-256-PLUS, bound to the certificate, in N ms; session [0-9a-f-]{36}$/;
  for (
    const [ran, why] of [
      [first, "a first contact: it is pinned when the login succeeds"],
      [again, "the one that --fingerprint names"],
      [pinned, `pinned in line 1 of "${server.root.directory}/known_hosts"`],
    ] as const
  ) {
    const said = lines(ran.stderr);
    assertEquals(said.slice(0, 2), start(why));
    assertMatch(said[2]!, login);
  }
  assertEquals(lines(first.stderr).slice(3), ["ftp: stat: 201 in N ms", "ftp: ls: 201 in N ms"]);
  assertEquals(lines(pinned.stderr)[3], "ftp: rm: 402 in N ms");
  assertEquals([first.code, first.stdout, pinned.code], [0, "", 1]);
  const { log } = await server.stop();
  const events = log.trim().split("\n").map((line) => JSON.parse(line));
  const sessions = (event: string) => events.filter((line) => line.event === event).map(({ session }) => session);
  assertEquals(sessions("session start").length, 3, log);
  assertEquals(sessions("session start"), sessions("login"));
  assertEquals(sessions("session end"), sessions("login"));
});

Deno.test("row 25: the rate after a resume counts only what moved", { permissions: "none" }, () => {
  let now = 0;
  const gauge = new Gauge("a", () => now);
  gauge.begin("transfer", 100_000_000, 90_000_000);
  now = 1_000;
  gauge.advance(1_000_000);
  const { done, rate } = gauge.look();
  assertEquals([done, rate], [91_000_000, 1_000_000]);

  const moments: string[] = [];
  const view = new TransferView("tree", {
    terminal: new FakeTerminal({ isScreen: true }),
    bar: ({ name, done, rate }) => {
      moments.push(`${name} ${done} ${Math.round(rate)}`);
      return "";
    },
    now: () => now,
  });
  view.begin("transfer", 100_000_000);
  const file = view.file("big");
  file.begin("transfer", 100_000_000, 90_000_000);
  now = 2_000;
  file.advance(2_000_000);
  assertEquals(moments.slice(-2), ["tree 92000000 2000000", "big 92000000 2000000"]);
});

Deno.test("row 25: an address without a path is named as one", async () => {
  const rows: readonly (readonly [args: string[], sentence: string])[] = [
    [["put", "x", "alice@host"], '"alice@host" names no path; write alice@host: for the home'],
    [["put", "x", "host"], '"host" names no path; if it is a server, write host: for the home'],
    [["get", "alice@host"], '"alice@host" names no path; write alice@host:PATH'],
    [["sync", "x", "alice@host"], '"alice@host" names no path; write alice@host:PATH'],
    [["put", "x", "./y"], '"./y" names no server; it should look like [USER@]HOST[:PORT]:PATH'],
  ];
  for (const [args, sentence] of rows) {
    const { code, stderr } = await runFtp(args, { env: { FTP_PASSWORD: "x" } });
    assertEquals([code, stderr], [2, `ftp: 401 ${sentence}\n`]);
  }
});

Deno.test("row 25: dir/. and . stand for what is in the folder, as for cp -r", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  makeTree(temp.join("dir"), { "a": "1", "sub/b": "2" });
  Deno.mkdirSync(`${server.home("alice")}/old`);
  const there = (folder: string) => namesOf(`${server.home("alice")}/${folder}`);
  const content = ["a", "sub/", "sub/b"];
  const up = [
    "put -r dir/. new",
    "put -r dir/. old",
    "put -r dir/./ old",
    "put -r dir/sub/.. parent",
    "put -r dir named",
    "put -r dir/ named",
    "mkdir here; cd here; lcd dir; put -r .; lcd ..; cd /",
  ].join("\n");
  const sent = await server.shell("alice", up, [], temp.path);
  assertEquals(sent.code, 0, sent.stderr);
  for (const folder of ["new", "old", "parent", "here"]) assertEquals(there(folder), content, folder);
  assertEquals(there("named"), [...content, "dir/", "dir/a", "dir/sub/", "dir/sub/b"].sort());

  Deno.mkdirSync(temp.join("there"));
  const down = [
    "get -r new/. made",
    "get -r new/. there",
    "get -r n*w/. there",
    "cd new; get -r . cwd; get -r sub/.. up",
  ];
  const got = await server.shell("alice", down.join("\n"), [], temp.path);
  assertEquals(got.code, 0, got.stderr);
  for (const folder of ["made", "there", "cwd", "up"]) assertEquals(namesOf(temp.join(folder)), content, folder);

  const address = `alice@${server.address}`;
  assertEquals((await server.ftp(["put", "-r", "dir/.", `${address}:shot`], { cwd: temp.path })).code, 0);
  assertEquals((await server.ftp(["get", "-r", `${address}:new/.`, "shot"], { cwd: temp.path })).code, 0);
  assertEquals([there("shot"), namesOf(temp.join("shot"))], [content, content]);
  const file = await server.shell("alice", "put -r dir/a/. x\nget -r new/a/. x", ["--keep-going"], temp.path);
  assertEquals(file.stderr.match(/407/g)?.length, 2, file.stderr);
});

/** `script` of util-linux lends a program a terminal. */
const SCRIPT = "/usr/bin/script";

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("row 25: ls has colours on a screen, unless they are not wanted", {
  ignore: Deno.build.os !== "linux" || !isThere(SCRIPT),
}, async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const home = server.home("alice");
  Deno.mkdirSync(`${home}/folder`);
  Deno.writeTextFileSync(`${home}/plain`, "");
  Deno.writeTextFileSync(`${home}/tool`, "", { mode: 0o700 });
  Deno.symlinkSync("plain", `${home}/link`);
  const run = async (args: string[], env: Record<string, string>) => {
    const argv = [
      Deno.execPath(),
      ...ftpArguments(["ls", `alice@${server.address}:`, ...server.clientArgs(), ...args]),
    ];
    const { stdout } = await new Deno.Command(SCRIPT, {
      args: ["--quiet", "--command", argv.map((word) => `'${word}'`).join(" "), "/dev/null"],
      env: { FTP_PASSWORD: PASSWORD, SHELL: "/bin/sh", TERM: "xterm", NO_COLOR: "", ...env },
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  };
  const colored = "\x1b[1;34mfolder\x1b[0m/\n\x1b[1;36mlink\x1b[0m@\nplain\n\x1b[1;32mtool\x1b[0m\n";
  const bare = "folder/\nlink@\nplain\ntool\n";
  assertEquals(await run([], {}), colored);
  assertEquals(await run(["--no-color"], {}), bare);
  assertEquals(await run([], { NO_COLOR: "1" }), bare);
  assertEquals(await run([], { TERM: "dumb" }), bare);
  assertStringIncludes(await run(["--json"], {}), '{"name":"folder",');
  assertEquals((await run(["--json"], {})).includes("\x1b["), false);
  // Not on a screen: no test needs to ask for it.
  assertEquals((await server.ftp(["ls", `alice@${server.address}:`], { env: { NO_COLOR: "" } })).stdout, bare);
});
