/** Several users at work on a server that is killed and a network that breaks, and a model of what must be there. */
import { assert } from "@std/assert";
import type { Remote } from "../client/connection/remote.ts";
import { StatusError } from "../protocol/status.ts";
import { virtualPath } from "../protocol/virtual_path.ts";
import { ChaosProxy } from "./chaos_proxy.ts";
import { TempDir } from "./harness.ts";
import { TestServer } from "./test_server.ts";
import { randomSource } from "./random.ts";
import { assertNothingLeft, bigFile, Client, isSameFile, MIB, namesIn } from "./resume/kit.ts";

const USERS = ["alice", "bob", "carol"];
const ARGS = ["--no-tls", "--disk-reserve", "0"];
const LARGEST_BYTES = 12 * MIB;
const NAMES = 12;
const LONGEST_PAUSE_MS = 4_000;

/** A file's content: its size, and what it is made from. */
interface Content {
  readonly size: number;
  readonly seed: number;
}

/** What a name may hold. More than one where an answer was lost; such a name is not used any more. */
type Allowed = readonly (Content | undefined)[];

type Random = (below: number) => number;

/** Runs everything for a while; throws at the first violation. @returns how much was done */
export async function soakUsers({ ms, seed }: { ms: number; seed: number }): Promise<Record<string, number>> {
  using temp = new TempDir();
  const done: Record<string, number> = {};
  const count = (what: string) => void (done[what] = (done[what] ?? 0) + 1);
  const root = temp.join("root");
  let server = await TestServer.start(ARGS, root, { process: true });
  await server.addUsers("2G", ...USERS);
  await using proxy = await ChaosProxy.start(server.port);
  const over = new AbortController();
  const trouble = (async () => {
    const random = randomSource(seed + 99);
    while (!over.signal.aborted) {
      await pause(random(LONGEST_PAUSE_MS), over.signal);
      if (random(2) === 0) {
        count("network losses");
        proxy.down();
        await pause(random(LONGEST_PAUSE_MS / 4), over.signal);
        await proxy.up();
      } else {
        count("server kills");
        await server.stop("SIGKILL");
        server = await TestServer.start(ARGS, root, { process: true });
        proxy.target = server.port;
      }
    }
  })();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    const users = await Promise.all(USERS.map(async (name, at) => {
      const session = await retried(() => server.session(name, { port: proxy.port }));
      return new User({ name, temp, count, random: randomSource(seed + at), client: new Client(session) });
    }));
    await Promise.all(users.map((user) => user.work(over.signal)));
    await trouble;
    for (const user of users) {
      await user.leave();
      user.check(server);
      assertNothingLeft(server, user.name, `for ${user.name}`);
    }
    return done;
  } finally {
    clearTimeout(timer);
    over.abort();
    await trouble.catch(() => {});
    await server[Symbol.asyncDispose]();
  }
}

/** Waits, but not beyond the end. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** The first login may meet a server that is being started. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

interface UserParts {
  readonly name: string;
  readonly temp: TempDir;
  readonly client: Client;
  readonly random: Random;
  count(what: string): void;
}

class User {
  readonly name: string;
  readonly #parts: UserParts;
  readonly #model = new Map<string, Allowed>();
  #made = 0;

  constructor(parts: UserParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  async work(signal: AbortSignal): Promise<void> {
    const { random, count } = this.#parts;
    while (!signal.aborted) {
      const names = this.#sure();
      const chosen = names[random(Math.max(1, names.length))];
      const what = random(10);
      if (!chosen || what < 4 || names.length < 3) await this.#put(this.#someName(chosen));
      else if (what < 7) await this.#get(chosen);
      else if (what < 8 || names.length > NAMES) await this.#change("rm", chosen);
      else await this.#change("mv", chosen);
      count("operations");
    }
  }

  async leave(): Promise<void> {
    await this.#parts.client[Symbol.asyncDispose]();
  }

  /** The home holds exactly what the model says. */
  check(server: TestServer): void {
    const home = server.home(this.name);
    const names = new Set([...namesIn(home), ...this.#model.keys()]);
    for (const name of names) {
      const allowed = this.#model.get(name);
      assert(allowed, `${name} of ${this.name} is there, and nobody put it there`);
      const isThere = namesIn(home).includes(name);
      const fits = allowed.some((content) => content ? isThere && this.#isSame(`${home}/${name}`, content) : !isThere);
      assert(fits, `${name} of ${this.name} holds neither of ${JSON.stringify(allowed)}`);
    }
  }

  #isSame(file: string, content: Content): boolean {
    return isSameFile(file, this.#local("wanted", content));
  }

  #local(kind: string, { size, seed }: Content): string {
    return bigFile(this.#parts.temp.join(`${this.name}-${kind}`), size, seed);
  }

  /** Names whose content is known for sure. */
  #sure(): string[] {
    return [...this.#model].filter(([, allowed]) => allowed.length === 1 && allowed[0]).map(([name]) => name);
  }

  #freshName(): string {
    return `file${this.#made++}`;
  }

  #someName(existing: string | undefined): string {
    return existing && this.#parts.random(2) === 0 ? existing : this.#freshName();
  }

  async #put(name: string): Promise<void> {
    const { random, client } = this.#parts;
    const content = { size: random(4) === 0 ? random(LARGEST_BYTES) : random(MIB), seed: random(1_000_000) + 1 };
    await client.put(this.#local("source", content), `/${name}`);
    this.#model.set(name, [content]);
  }

  async #get(name: string): Promise<void> {
    const target = this.#parts.temp.join(`${this.name}-got`);
    await this.#parts.client.get(`/${name}`, target);
    const [content] = this.#model.get(name)!;
    assert(this.#isSame(target, content!), `${name} of ${this.name} came as it is`);
    Deno.removeSync(target);
  }

  /** Moves or removes. It is not asked twice: when the answer is lost, either may be so. */
  async #change(what: "mv" | "rm", name: string): Promise<void> {
    const before = this.#model.get(name)!;
    const to = this.#freshName();
    const both: Allowed = [...before, undefined];
    const remote: Remote = await this.#parts.client.link.remote();
    try {
      if (what === "rm") await remote.call("rm", { path: virtualPath(`/${name}`) });
      else await remote.call("mv", { from: virtualPath(`/${name}`), to: virtualPath(`/${to}`) });
    } catch (error) {
      if (!(error instanceof StatusError) || !remote.failure) throw error;
      this.#parts.count("answers lost");
      this.#model.set(name, both);
      if (what === "mv") this.#model.set(to, both);
      return;
    }
    this.#model.delete(name);
    if (what === "mv") this.#model.set(to, before);
  }
}
