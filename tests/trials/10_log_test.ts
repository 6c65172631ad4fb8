import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { LogWriter, WAITING_LIMIT_CHARACTERS } from "../../server/log/log_writer.ts";
import { ftpArguments, runFtp } from "../run_ftp.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** Where a test's writer writes: it takes everything, a few bytes, or nothing. */
class Sink {
  text = "";
  mode: "takes" | "fails" | "is stuck" = "takes";
  most = Infinity;
  #stuck = Promise.withResolvers<void>();

  readonly write = async (bytes: Uint8Array): Promise<number> => {
    if (this.mode === "is stuck") await this.#stuck.promise;
    if (this.mode === "fails") throw new Deno.errors.BrokenPipe("gone");
    const taken = bytes.subarray(0, this.most);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  };

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  resume(): void {
    this.mode = "takes";
    this.#stuck.resolve();
  }
}

function writerTo(sink: Sink): LogWriter {
  return new LogWriter({ write: sink.write, lostLine: (lines) => `lost ${lines}` });
}

Deno.test("row 10: LogWriter goes on at the very byte when a write failed in the middle of a line", async () => {
  const sink = new Sink();
  const writer = writerTo(sink);
  sink.most = 7;
  writer.line("the first line");
  await writer.end(1_000);
  sink.mode = "fails";
  writer.line("the second line");
  await writer.end(1_000);
  assertEquals(sink.lines, ["the first line"]);
  sink.mode = "takes";
  writer.line("the third line");
  await writer.end(1_000);
  assertEquals(sink.lines, ["the first line", "the second line", "the third line"]);
});

Deno.test("row 10: LogWriter keeps what there is room for and counts the rest where it would stand", async () => {
  const sink = new Sink();
  const writer = writerTo(sink);
  sink.mode = "is stuck";
  const line = "x".repeat(1_023);
  const most = Math.floor(WAITING_LIMIT_CHARACTERS / line.length);
  writer.line("on its way");
  await Promise.resolve();
  await Promise.resolve();
  for (let at = 0; at < most + 10; at++) writer.line(line);
  // The end of a server is not kept by it.
  await writer.end(10);
  sink.resume();
  await writer.end(1_000);
  writer.line("after");
  await writer.end(1_000);
  assertEquals(sink.lines, ["on its way", ...Array(most).fill(line), "lost 10", "after"]);
});

/** A server whose standard error, and perhaps output, go where a script sends them. */
function start(script: string, root: string): Deno.ChildProcess {
  const args = ["serve", "--root", root, "--host", "127.0.0.1", "--port", "0", "--no-tls", "--log-level", "debug"];
  return new Deno.Command("sh", {
    args: ["-c", script, Deno.execPath(), ...ftpArguments(args)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { FTP_ROOT: "" },
  }).spawn();
}

/** The port that a server has announced. */
async function portOf(child: Deno.ChildProcess): Promise<number> {
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The server ended: ${text}`);
    text += value;
  }
  void reader.cancel();
  return Number(/:(\d+) plain/.exec(text)![1]);
}

for (const what of ["a full disk", "a closed pipe", "a pipe whose reader has stopped"]) {
  Deno.test({
    name: `row 10: serve serves and ends as ever when its log goes to ${what}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      using temp = new TempDir();
      const root = temp.join("root");
      const added = await runFtp(["adduser", "alice", "--password-stdin", "--root", root], { stdin: `${PASSWORD}\n` });
      assertEquals(added.code, 0, added.stderr);
      const child = start(what === "a full disk" ? 'exec "$0" "$@" 2>/dev/full' : 'exec "$0" "$@"', root);
      // What is not read is 64 KiB, and then the pipe takes nothing.
      if (what === "a closed pipe") await child.stderr.cancel();
      const port = await portOf(child);
      // Enough lines to fill a pipe several times.
      const commands = `mkdir x; ${"ls; ".repeat(1_000)} put ${temp.file("a", "content")}; quit`;
      const batch = temp.file("batch", commands.split("; ").join("\n"));
      const args = ["connect", `alice@127.0.0.1:${port}`, "--no-tls", "--batch", batch];
      const known = ["--known-hosts", temp.join("known_hosts")];
      const ran = await runFtp([...args, ...known], { env: { FTP_PASSWORD: PASSWORD } });
      assertEquals(ran.code, 0, ran.stderr);
      assertEquals(Deno.readTextFileSync(join(root, "home", "alice", "a")), "content");
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 0);
      if (what !== "a closed pipe") await child.stderr.cancel();
    },
  });
}

Deno.test({
  name: "row 10: serve goes on when nobody reads where it listens, and logs that",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using temp = new TempDir();
    const child = start('exec "$0" "$@" >/dev/full', temp.join("root"));
    await child.stdout.cancel();
    let log = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (log.includes("not announced")) break;
    }
    assertMatch(log, /warn {2}not announced address=127\.0\.0\.1:\d+ cause="the disk is full"/);
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
  },
});

Deno.test("row 10: serve has written its last lines when it ends", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  const { code, log } = await server.stop();
  assertEquals(code, 0);
  assertMatch(log, /"event":"stopped"\}\n$/);
});
