import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

/** Runs `connect` as a user with something on its stdin. */
function connect(server: TestServer, args: readonly string[], stdin: "piped" | "null"): Deno.ChildProcess {
  const all = ["connect", `alice@${server.address}`, ...args, ...server.clientArgs()];
  return ftpCommand(all, { stdin, stdout: "piped", stderr: "piped", env: { FTP_PASSWORD: PASSWORD } }).spawn();
}

/** Waits for words on a stream, and leaves the rest unread. */
async function said(words: string, stream: ReadableStream<Uint8Array>): Promise<void> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    if ((text += part).includes(words)) return;
  }
  throw new Error(`"${words}" was not said, but: ${text}`);
}

Deno.test("connect --keep-going runs nothing more and exits with 130 when a transfer is interrupted", async () => {
  await using server = await TestServer.start(["--no-tls"]);
  using temp = new TempDir();
  await server.addUsers("100M", "alice");
  const file = temp.file("big", someBytes(16_000_000));
  using watcher = Deno.watchFs(server.root.directory);
  const commands = ["-c", `put ${file}; mkdir same`, "-c", "mkdir next"];
  const child = connect(server, [...commands, "--keep-going", "--limit", "1M"], "null");
  // The upload has begun when its part is there.
  const part = join(server.root.staging, "alice", "x").slice(0, -1);
  for await (const { paths } of watcher) if (paths.some((path) => path.startsWith(part))) break;
  child.kill("SIGINT");
  assertEquals((await child.output()).code, 130);
  assertEquals([...Deno.readDirSync(server.home("alice"))], []);
});

Deno.test("connect --batch - exits with 130 when it is interrupted while it waits for a line", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  await using child = connect(server, ["--batch", "-"], "piped");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("pwd\n"));
  await said("/\n", child.stdout);
  child.kill("SIGINT");
  assertEquals((await child.status).code, 130);
  await writer.close().catch(() => {});
  await child.stderr.cancel();
});
