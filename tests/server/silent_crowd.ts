/** Connections from many loopback addresses that say little or nothing, in a process of their own: the tests may use one address only. */
import { fromFileUrl } from "@std/path";
import { connect } from "node:net";

const CONNECT_MS = 1_000;

/** Who is in a crowd. */
export interface CrowdOptions {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Connections of each address. */
  readonly each: number;
  /** What each says at first, and then no more. */
  readonly say?: Uint8Array;
}

/** Addresses of the loopback network, from 127.0.0.2 on. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `127.0.${Math.floor((at + 2) / 250)}.${(at + 2) % 250}`);
}

/** All of them; they leave when it is disposed of. */
export class SilentCrowd implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Resolves when all are connected, or wait for that. */
  static async start({ port, addresses, each, say = new Uint8Array(0) }: CrowdOptions): Promise<SilentCrowd> {
    const args = ["run", "--quiet", "--no-check", "--allow-net", fromFileUrl(import.meta.url)];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, String(port), addresses.join(), String(each), say.toHex()],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    if (done) throw new Error("The crowd did not come together");
    return new SilentCrowd(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

async function join(port: number, localAddress: string, say: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: "127.0.0.1", port, localAddress, allowHalfOpen: true });
  socket.on("connect", () => socket.write(say, () => resolve()));
  // A server that accepts nobody more leaves it waiting.
  const timer = setTimeout(resolve, CONNECT_MS);
  // The server may close it: it stays as it is on this side.
  socket.on("error", reject);
  await promise;
  clearTimeout(timer);
}

if (import.meta.main) {
  const [port, sources, each, say] = Deno.args;
  const bytes = Uint8Array.fromHex(say!);
  const all = sources!.split(",").flatMap((source) => Array<string>(Number(each)).fill(source));
  // Not all at once: a listener's queue is short.
  while (all.length > 0) {
    await Promise.all(all.splice(0, 50).map((source) => join(Number(port), source, bytes).catch(() => {})));
  }
  await Deno.stdout.write(new TextEncoder().encode("all here\n"));
  setInterval(() => {}, 60_000);
}
