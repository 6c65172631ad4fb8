/** One user's folders, changed at random, synced both ways and interrupted, and a model of what must be there. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { ftpCommand } from "./run_ftp.ts";
import { PASSWORD, TempDir } from "./harness.ts";
import { TestServer } from "./test_server.ts";
import { type Mounted, mounted } from "./mounts.ts";
import { randomSource } from "./random.ts";
import { assertSame, filesIn, infoOf, isBelow, linksIn, type Model, writeVersion } from "./soak_model.ts";

const ARGS = ["--disk-reserve", "0"];
/** Names that meet something: each other, what a transfer keeps beside its target, a pattern, a screen. */
const NAMES = [
  "movie",
  "movie.part",
  "movie.part.json",
  ".ftp-part-1-0",
  ".ftp-0123456789abcdef0123456789abcdef",
  "a*b",
  "-rf",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
  "plain",
  "with blank",
];
const FOLDERS = ["", "one", "two", "one/deep", "mnt", "mnt/below"];
/** Where the server has a volume of its own. */
const MOUNT = "mnt";
const LARGE_BYTES = 3_000_000;
const SMALL_BYTES = 4_000;
/** What an interrupted download leaves for the next one. */
const OURS = /(?:^|\/)\.ftp-[0-9a-f]{32}[^/]*$/;

type Random = (below: number) => number;

/** Runs for a while; throws at the first violation. @returns how much was done */
export async function soakTrees({ ms, seed }: { ms: number; seed: number }): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(new TempDir());
  const run = stack.use(await Run.start(temp, randomSource(seed)));
  const until = performance.now() + ms;
  while (performance.now() < until) await run.move();
  await run.up();
  await run.down();
  await run.checkLedger();
  return run.done;
}

class Run implements AsyncDisposable {
  readonly done: Record<string, number> = {};
  readonly #temp: TempDir;
  readonly #random: Random;
  /** What the server must hold. */
  readonly #there: Model = new Map();
  readonly #mounts: Mounted[] = [];
  #server: TestServer;
  #made = 0;

  private constructor(temp: TempDir, random: Random, server: TestServer) {
    this.#temp = temp;
    this.#random = random;
    this.#server = server;
  }

  static async start(temp: TempDir, random: Random): Promise<Run> {
    const server = await TestServer.start(ARGS, temp.join("root"), { process: true });
    await server.addUsers("500M", "alice");
    const run = new Run(temp, random, server);
    for (const folder of ["here", "copy", "elsewhere"]) Deno.mkdirSync(temp.join(folder));
    temp.file("elsewhere/kept", "never touched");
    const mount = server.home("alice") + `/tree/${MOUNT}`;
    Deno.mkdirSync(mount, { recursive: true });
    run.#mounts.push(mounted({ at: mount, size: "200m" }));
    return run;
  }

  /** One step. */
  async move(): Promise<void> {
    const what = this.#random(20);
    if (what < 8) this.#change();
    else if (what < 12) await this.up();
    else if (what < 15) await this.down();
    else if (what < 17) await this.#cut(["sync", this.#here, this.#remote]);
    else if (what < 18) await this.#cut(["sync", this.#remote, this.#copy]);
    else if (what < 19) await this.#rename();
    else await this.#restart();
  }

  get #here(): string {
    return this.#temp.join("here");
  }

  get #copy(): string {
    return this.#temp.join("copy");
  }

  get #remote(): string {
    return `alice@${this.#server.address}:tree`;
  }

  #count(what: string): void {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }

  /** Something changes here: files come, go and move; folders become links to elsewhere and folders again. */
  #change(): void {
    const folder = FOLDERS[this.#random(FOLDERS.length)]!;
    const path = join(this.#here, folder, NAMES[this.#random(NAMES.length)]!);
    const top = join(this.#here, folder);
    const what = this.#random(10);
    this.#count("changes here");
    if (what === 0 && folder !== "" && folder !== MOUNT) {
      const isLink = infoOf(top)?.isSymlink;
      if (infoOf(top)) Deno.removeSync(top, { recursive: !isLink });
      if (!isLink && infoOf(dirname(top))?.isDirectory) Deno.symlinkSync(this.#temp.join("elsewhere"), top);
    } else if (what < 4) {
      if (infoOf(path) && !this.#isBehindLink(folder)) Deno.removeSync(path, { recursive: true });
    } else if (!this.#isBehindLink(folder)) {
      this.#write(path);
    }
  }

  #isBehindLink(folder: string): boolean {
    const parts = folder.split("/");
    return parts.some((_, at) => infoOf(join(this.#here, ...parts.slice(0, at + 1)))?.isSymlink);
  }

  #write(path: string): void {
    const size = this.#random(8) === 0 ? LARGE_BYTES - this.#random(1_000_000) : this.#random(SMALL_BYTES);
    writeVersion(path, { size, seed: ++this.#made });
  }

  /** Makes the server like this side; but what is a link here, and what is on the volume there, stays there. */
  async up(): Promise<void> {
    await this.#ftp(["sync", "--delete", "--force-empty", this.#here, this.#remote]);
    const links = linksIn(this.#here);
    const ours = filesIn(this.#here);
    for (const name of [...this.#there.keys()]) {
      const isKept = isBelow(name, MOUNT) && this.#hasMount || links.some((link) => isBelow(name, link));
      if (!ours.has(name) && !isKept) this.#there.delete(name);
    }
    for (const [name, content] of ours) this.#there.set(name, content);
    assertSame(filesIn(join(this.#server.home("alice"), "tree")), this.#there, "the server after a sync up");
    assertEquals(Deno.readTextFileSync(this.#temp.join("elsewhere/kept")), "never touched");
    this.#count("syncs up");
  }

  /** Makes the copy like the server. */
  async down(): Promise<void> {
    await this.#ftp(["sync", "--delete", "--force-empty", this.#remote, this.#copy]);
    const copy = filesIn(this.#copy);
    for (const name of copy.keys()) if (OURS.test(name) && !this.#there.has(name)) copy.delete(name);
    assertSame(copy, this.#there, "the copy after a sync down");
    this.#count("syncs down");
  }

  get #hasMount(): boolean {
    return this.#mounts.some(({ isThere }) => isThere);
  }

  async #ftp(args: string[]): Promise<void> {
    const { code, stderr } = await this.#server.ftp([...args, "--quiet"], { env: this.#env });
    assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
  }

  get #env(): Record<string, string> {
    return { XDG_STATE_HOME: this.#temp.join("state") };
  }

  /** The program dies in the middle. What was in place by then is right; the next sync brings the rest. */
  async #cut(args: string[]): Promise<void> {
    const options: Deno.CommandOptions = { stdin: "null", stdout: "null", stderr: "null" };
    const env = { FTP_PASSWORD: PASSWORD, ...this.#env };
    const all = [...args, "--limit", "2M", "--quiet", ...this.#server.clientArgs()];
    const child = ftpCommand(all, { ...options, env }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), 300 + this.#random(1_500));
    const { signal } = await child.status;
    clearTimeout(timer);
    this.#count(signal ? "kills of the client" : "syncs that were faster");
    // Each file is the old one, the new one, or not there yet: the model takes what this side has.
    const [there, here] = [filesIn(join(this.#server.home("alice"), "tree")), filesIn(this.#here)];
    for (const [name, content] of there) {
      assert([this.#there.get(name), here.get(name)].includes(content), `${name} holds ${content} after a kill`);
      this.#there.set(name, content);
    }
    // A name of another kind there may only go with --delete.
    assertEquals([...this.#there.keys()].filter((name) => !there.has(name)), [], "nothing went that was not named");
  }

  /** A folder there gets another name and its old one again. */
  async #rename(): Promise<void> {
    const folder = FOLDERS[1 + this.#random(3)]!;
    if (!infoOf(join(this.#server.home("alice"), "tree", folder))?.isDirectory) return;
    const moves = `mv tree/${folder} tree/other; mv tree/other tree/${folder}`;
    await this.#ftp(["connect", `alice@${this.#server.address}`, "-c", moves]);
    this.#count("renames there");
  }

  async #restart(): Promise<void> {
    await this.#server.stop(this.#random(2) === 0 ? "SIGKILL" : "SIGTERM");
    this.#server = await TestServer.start(ARGS, this.#temp.join("root"), { process: true });
    this.#count("restarts");
  }

  /** What is booked is what is there. */
  async checkLedger(): Promise<void> {
    const { code, log } = await this.#server.stop();
    assertEquals(code, 0, log);
    const bytes = [...this.#there.values()].reduce((sum, content) => sum + Number(content.split(" ")[0]), 0);
    assertEquals(this.#server.used("alice"), bytes, "used is what the home holds");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    for (const mount of this.#mounts) mount[Symbol.dispose]();
  }
}
