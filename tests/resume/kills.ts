/** Kills at random bytes: a client or the server dies in the middle of a put or a get, and everything must be right. */
import { assert, assertEquals } from "@std/assert";
import { virtualPath } from "../../protocol/virtual_path.ts";
import { ChaosProxy } from "../chaos_proxy.ts";
import { ftpCommand } from "../run_ftp.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { randomSource } from "../random.ts";
import { afterBytes } from "../wire_position.ts";
import { assertNothingLeft, bigFile, Client, isSameFile, MIB, namesIn } from "./kit.ts";

const ARGS = ["--no-tls", "--disk-reserve", "0"];
const LARGEST_LOG2_MIB = 6;

/** Once the login is over, in bytes of either direction. */
const LOGIN_BYTES = 2_000;

/** How many of each, for a summary. */
export interface KillCount {
  readonly "client in a put": number;
  readonly "client in a get": number;
  readonly "server in a put": number;
  readonly "server in a get": number;
}

type Case = keyof KillCount;

const CASES: readonly Case[] = ["client in a put", "client in a get", "server in a put", "server in a get"];

/** Kills so many times; throws at the first thing that is not as it must be. */
export async function killAtRandom({ times, seed }: { times: number; seed: number }): Promise<KillCount> {
  const random = randomSource(seed);
  const counts: Record<Case, number> = Object.fromEntries(CASES.map((name) => [name, 0])) as Record<Case, number>;
  await using run = await Run.start();
  for (let round = 0; round < times; round++) {
    const name = CASES[round % CASES.length]!;
    const size = Math.max(1, (MIB << random(LARGEST_LOG2_MIB + 1)) - random(MIB));
    const at = LOGIN_BYTES + random(size);
    await run.round({ name, size, at, seed: seed * 1_000 + round });
    counts[name]++;
  }
  return counts;
}

interface Round {
  readonly name: Case;
  readonly size: number;
  readonly at: number;
  readonly seed: number;
}

class Run implements AsyncDisposable {
  readonly #temp: TempDir;
  readonly #proxy: ChaosProxy;
  #server: TestServer;

  private constructor(temp: TempDir, proxy: ChaosProxy, server: TestServer) {
    this.#temp = temp;
    this.#proxy = proxy;
    this.#server = server;
  }

  static async start(): Promise<Run> {
    const temp = new TempDir();
    const server = await TestServer.start(ARGS, temp.join("root"), { process: true });
    await server.addUsers("1G", "alice");
    return new Run(temp, await ChaosProxy.start(server.port), server);
  }

  async round(round: Round): Promise<void> {
    const { name, size, at, seed } = round;
    const when = `(${name}, ${size} bytes, at ${at}, seed ${seed})`;
    const isPut = name.endsWith("put");
    const home = this.#server.home("alice");
    const here = bigFile(this.#temp.join("here"), size, seed);
    const there = `${home}/there`;
    if (!isPut) await this.#store(here);
    const met = this.#stopAt(isPut ? "up" : "down", at);
    if (name.startsWith("client")) await this.#killClient(isPut, { met, when });
    else await this.#killServer(isPut, { met, when });
    assert(isSameFile(here, isPut ? there : this.#temp.join("got")), `the content is right ${when}`);
    assertNothingLeft(this.#server, "alice", when);
    assertEquals(namesIn(home), ["there"], `nothing else is there ${when}`);
    const left = namesIn(this.#temp.path).filter((file) => file.startsWith("got"));
    assertEquals(left, isPut ? [] : ["got"], `no part is left here ${when}`);
    await this.#remove();
    if (!isPut) Deno.removeSync(this.#temp.join("got"));
  }

  /** What a get is to fetch. */
  async #store(source: string): Promise<void> {
    await using client = new Client(await this.#server.session("alice"), 0);
    await client.put(source, "/there");
  }

  async #remove(): Promise<void> {
    await using client = new Client(await this.#server.session("alice"), 0);
    await client.link.session.remote.call("rm", { path: virtualPath("/there") });
  }

  /** The next connection stands still at a byte; resolves when it does. */
  #stopAt(direction: "up" | "down", at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#proxy.forecast = [{ cut: { direction, at: afterBytes(at), how: "stall" } }];
    this.#proxy.onCut = resolve;
    return promise;
  }

  #args(isPut: boolean): string[] {
    const remote = `alice@${this.#proxy.address}:there`;
    return isPut ? ["put", this.#temp.join("here"), remote] : ["get", remote, this.#temp.join("got")];
  }

  /** The program dies, and is run again. */
  async #killClient(isPut: boolean, { met, when }: { met: Promise<void>; when: string }): Promise<void> {
    const args = [...this.#args(isPut), ...this.#server.clientArgs()];
    const options: Deno.CommandOptions = {
      stdin: "null",
      stdout: "null",
      stderr: "null",
      env: { FTP_PASSWORD: PASSWORD },
    };
    const child = ftpCommand(args, options).spawn();
    const ended = child.status;
    await Promise.race([met, ended]);
    kill(child);
    await ended;
    // What the system does for a process that is no more.
    this.#proxy.breakAll("close");
    const { code, stderr } = await this.#server.ftp([...this.#args(isPut), "--retries", "5"]);
    assertEquals(code, 0, `the next run finishes ${when}: ${stderr}`);
  }

  /** The server dies and is started again; the client comes back by itself. */
  async #killServer(isPut: boolean, { met, when }: { met: Promise<void>; when: string }): Promise<void> {
    await using client = new Client(await this.#server.session("alice", { port: this.#proxy.port }));
    const work = isPut ? client.put(this.#temp.join("here"), "/there") : client.get("/there", this.#temp.join("got"));
    const ended = work.then(() => undefined, (error) => error);
    await Promise.race([met, ended]);
    await this.#server.stop("SIGKILL");
    this.#server = await TestServer.start(ARGS, this.#temp.join("root"), { process: true });
    this.#proxy.target = this.#server.port;
    this.#proxy.breakAll("reset");
    assertEquals(await ended, undefined, `the client finishes by itself ${when}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    this.#temp[Symbol.dispose]();
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It was faster.
    if (!(error instanceof TypeError)) throw error;
  }
}
