import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { hasTerminals, onTerminal, shellCall, type Typing } from "../terminals.ts";

const SIZE = 4_000_000;
const hasSignals = Deno.build.os !== "windows";

/** Starts an upload that takes a while. */
function slowPut(server: TestServer, source: string, name: string): Deno.ChildProcess {
  const args = ["put", source, `alice@${server.address}:${name}`, "--limit", "1M", ...server.clientArgs()];
  const env = { FTP_PASSWORD: PASSWORD };
  return ftpCommand(args, { stdin: "null", stdout: "piped", stderr: "piped", env }).spawn();
}

/** Waits until an upload of alice has brought something. */
async function underWay(server: TestServer, count = 1): Promise<void> {
  const staging = join(server.root.staging, "alice");
  const isSo = () =>
    isFolder(staging) && [...Deno.readDirSync(staging)].filter(({ name }) => sizeOf(name) > 0).length >= count;
  const sizeOf = (name: string) => Deno.statSync(join(staging, name)).size;
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

Deno.test(
  "row 21: each signal stops a one-shot in words, keeps the part, and ends with 130",
  { ignore: !hasSignals },
  async () => {
    await using server = await TestServer.start();
    using temp = new TempDir();
    await server.addUsers("100M", "alice");
    const source = temp.file("source", someBytes(SIZE));
    // One Ctrl-C comes twice under `deno task` and `npx`.
    const all: Deno.Signal[][] = [["SIGINT", "SIGINT"], ["SIGTERM"], ["SIGHUP"]];
    for (const [at, signals] of all.entries()) {
      const child = slowPut(server, source, `${at}`);
      await underWay(server, at + 1);
      for (const signal of signals) child.kill(signal);
      const { code, stderr } = await child.output();
      assertEquals(new TextDecoder().decode(stderr), 'ftp: 206 Stopped "source"; the same command continues it\n');
      assertEquals(code, 130, signals.join());
    }
    const { stdout } = await server.shell("alice", "parts", ["--json"]);
    assertEquals(stdout.trim().split("\n").map((line) => JSON.parse(line).path).sort(), ["/0", "/1", "/2"]);
  },
);

Deno.test("row 21: one Ctrl-C that a server hears twice drains it", { ignore: !hasSignals }, async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("100M", "alice");
  const child = slowPut(server, temp.file("source", someBytes(SIZE)), "target");
  await underWay(server);
  server.signal("SIGINT");
  await server.untilLogged(/draining/g);
  const { code, log } = await server.stop("SIGINT");
  assertEquals((await child.output()).code, 0);
  assertEquals([code, Deno.statSync(join(server.home("alice"), "target")).size], [0, SIZE]);
  assertMatch(log, /"event":"draining","signal":"SIGINT"/);
});

Deno.test("row 21: a hangup drains a server and is named in its log", { ignore: !hasSignals }, async () => {
  await using server = await TestServer.start();
  const { code, log } = await server.stop("SIGHUP");
  assertEquals(code, 0);
  assertMatch(log, /"event":"draining","signal":"SIGHUP"[^]*"event":"stopped"/);
});

Deno.test("row 21: a hangup that is ignored, as nohup has it, stays so", { ignore: !hasSignals }, async () => {
  const module = fromFileUrl(new URL("../../console/job_control.ts", import.meta.url));
  const code = `const { END_SIGNALS, isEndedByHangup } = await import("file://${module}");
    console.log([...END_SIGNALS, await isEndedByHangup() ? "SIGHUP" : "no hangup"].join())`;
  const heard: string[] = [];
  for (const trap of ["", "trap '' HUP; "]) {
    const { stdout } = await new Deno.Command("/bin/sh", {
      args: ["-c", `${trap}exec "$0" eval "$1"`, Deno.execPath(), code],
      stderr: "inherit",
    }).output();
    heard.push(new TextDecoder().decode(stdout).trim());
  }
  assertEquals(heard, ["SIGINT,SIGTERM,SIGHUP", "SIGINT,SIGTERM,no hangup"]);
});

// On a terminal of `script` no shell looks after the job: who stopped it there would stop it for ever.
Deno.test("row 21: Ctrl-Z never freezes a terminal, and does not become a part of a password", {
  ignore: !hasTerminals,
}, async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const call = `${shellCall(["connect", `alice@${server.address}`, ...server.clientArgs()])}; stty -a`;
  // Without a task, and under `deno task`.
  for (const [at, env] of [{ INIT_CWD: "" }, { INIT_CWD: "/", npm_command: "" }].entries()) {
    const typing: readonly Typing[] = [["Password", "correct\x1a horse battery\r"], [
      "ftp:/>",
      `mk\x1adir made${at}\rquit\r`,
    ]];
    const shown = await onTerminal(call, typing, { env });
    assert(isFolder(join(server.home("alice"), `made${at}`)), shown);
    assertStringIncludes(shown, " icanon");
    assertStringIncludes(shown, " echo ");
  }
});
