/** `deno task demo`: a real server, a real user and real transfers, in a temporary folder that goes away at the end. */
import { fromFileUrl, join } from "@std/path";
import { createHash } from "node:crypto";

const MAIN = fromFileUrl(new URL("../main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../deno.json", import.meta.url));
const PERMISSIONS = ["net", "read", "write", "env", "sys", "run"].map((kind) => `--allow-${kind}`);
const MIB = 1024 ** 2;
const NOT_ENOUGH_SPACE = 5;
const INTERRUPTED = 130;

const isPlain = !Deno.stdout.isTerminal() || !!Deno.env.get("NO_COLOR");
const encoder = new TextEncoder();

function say(text: string): void {
  for (let rest = encoder.encode(`${text}\n`); rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

function bold(text: string): string {
  return isPlain ? text : `\x1b[1m${text}\x1b[0m`;
}

function chapter(text: string): void {
  say(isPlain ? `\n# ${text}` : `\n\x1b[36m# ${text}\x1b[0m`);
}

/** Where everything happens, and what ends it early. */
const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ftp-demo-" }));
const interrupt = new AbortController();

type Streams = Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr">;

/** Says and starts `ftp …` in the temporary folder. */
function start(args: string[], streams: Streams): Deno.ChildProcess {
  interrupt.signal.throwIfAborted();
  say(bold(`$ ftp ${args.map((arg) => /\s/.test(arg) ? `"${arg}"` : arg).join(" ")}`));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--config", CONFIG, ...PERMISSIONS, MAIN, ...args],
    cwd: folder,
    env: { FTP_ROOT: join(folder, "root"), FTP_PASSWORD: password, XDG_STATE_HOME: join(folder, "state") },
    ...streams,
    signal: interrupt.signal,
  }).spawn();
}

/** Runs `ftp …` and demands an exit status; returns what it said when that was wanted instead of shown. */
async function ftp(args: string[], { status = 0, isShown = true, stdin = "" } = {}): Promise<string> {
  const child = start(args, { stdin: "piped", stdout: isShown ? "inherit" : "piped", stderr: "inherit" });
  await new Response(stdin).body!.pipeTo(child.stdin);
  const said = isShown ? "" : await new Response(child.stdout).text();
  const { code } = await child.status;
  if (code !== status) throw new Error(`ftp ${args[0]} ended with status ${code} instead of ${status}`);
  return said;
}

/** Starts the server and waits until it listens; `log` is all of its stderr, once it has ended. */
async function serve(): Promise<{ child: Deno.ChildProcess; address: string; log: Promise<string> }> {
  const child = start(["serve", "--host", "127.0.0.1", "--port", "0"], {
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const log = new Response(child.stderr).text();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes("\n")) break;
  }
  say(said.trimEnd());
  const address = /^listening on (\S+) tls /.exec(said)?.[1];
  if (!address) throw new Error(`The server did not start: ${await log}`);
  return { child, address, log };
}

/** Makes a folder of small files. */
function makeFolder(name: string, files: number): void {
  Deno.mkdirSync(join(folder, name));
  for (let at = 1; at <= files; at++) {
    Deno.writeTextFileSync(join(folder, name, `note-${at}.txt`), `This is note ${at}.\n`);
  }
}

/** Writes a file of random bytes and returns its SHA-256. */
function makeFile(name: string, bytes: number): string {
  const content = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(content.subarray(at, at + 65_536));
  Deno.writeFileSync(join(folder, name), content);
  return createHash("sha256").update(content).digest("hex");
}

async function show(address: string): Promise<void> {
  const server = `alice@${address}`;
  const client = ["--known-hosts", "known_hosts"];
  chapter("2. A user who may keep 10 MiB; the password is piped in, and later comes from $FTP_PASSWORD");
  await ftp(["adduser", "alice", "--quota", "10M", "--password-stdin"], { stdin: `${password}\n` });
  chapter("3. A file of 8 MiB goes up, at 4 MiB a second so that you can watch it");
  const sent = makeFile("film.bin", 8 * MIB);
  await ftp(["put", "film.bin", `${server}:`, "--limit", "4M", ...client]);
  chapter("4. What is there now");
  await ftp(["connect", server, "-c", "mkdir photos; ls -l; df", ...client]);
  chapter("5. It comes back down");
  await ftp(["get", `${server}:film.bin`, "back.bin", "--limit", "4M", ...client]);
  chapter("6. A folder of 300 files goes up in one go; the second time there is nothing to do");
  makeFolder("notes", 300);
  await ftp(["put", "-r", "notes", `${server}:`, ...client]);
  const again = await ftp(["put", "-r", "notes", `${server}:`, ...client], { isShown: false });
  say(again.trimEnd());
  if (!/^Moved 0 files.* 300 unchanged/.test(again)) throw new Error("The second run moved something");
  chapter("7. Another 5 MiB are too much: refused before a byte is sent");
  makeFile("more.bin", 5 * MIB);
  await ftp(["put", "more.bin", `${server}:`, ...client], { status: NOT_ENOUGH_SPACE });
  chapter("8. All three copies are the same");
  const stored = await ftp(["connect", server, "-c", "hash film.bin", ...client], { isShown: false });
  const back = createHash("sha256").update(Deno.readFileSync(join(folder, "back.bin"))).digest("hex");
  say(`${stored.trimEnd()}  (the server's)\n${sent}  film.bin   (sent)\n${back}  back.bin   (received)`);
  if (back !== sent || !stored.startsWith(`${sent}  `)) throw new Error("The digests differ");
}

const password = crypto.getRandomValues(new Uint8Array(18)).toBase64();
let server: Awaited<ReturnType<typeof serve>> | undefined;
const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
const onSignal = () => interrupt.abort(new Error("Interrupted"));
for (const signal of signals) Deno.addSignalListener(signal, onSignal);
try {
  chapter("1. A server, encrypted, on any free port");
  server = await serve();
  await show(server.address);
  say(`\n${bold("All of it worked.")} Your own server is three commands away, each in the checkout:`);
  for (const args of ["serve", "adduser alice --quota 10M", "connect alice@localhost"]) say(`  deno task ftp ${args}`);
  say('Without Deno on the PATH, say "npx -y deno@2.9.6" instead of "deno".');
} catch (error) {
  Deno.exitCode = interrupt.signal.aborted ? INTERRUPTED : 1;
  const why = interrupt.signal.aborted ? "interrupted" : error instanceof Error ? error.message : String(error);
  say(`\nThe demo stopped: ${why}`);
} finally {
  // The signal of every child: those that have ended already do not mind.
  interrupt.abort();
  await server?.child.status;
  if (Deno.exitCode === 1) say(`The server's log:\n${await server?.log ?? ""}`);
  Deno.removeSync(folder, { recursive: true });
  for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
}
