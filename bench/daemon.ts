/** Servers that the bench starts on loopback, and stops whatever happens. */

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;
const RETRY_MS = 20;

/** A port of loopback that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** A running server. */
export class Daemon implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#said = new Response(child.stderr).text();
  }

  /** Starts a server and waits until it accepts connections on `port`. @throws {Error} when it does not */
  static async start(argv: readonly string[], port: number): Promise<Daemon> {
    const daemon = new Daemon(spawn(argv, "null"));
    try {
      await daemon.#answers(port);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Starts a server that says on stdout when it accepts connections.
   *
   * @returns the server and its first line
   * @throws {Error} when it ends without a line
   */
  static async startUntilLine(
    argv: readonly string[],
    env: Record<string, string>,
  ): Promise<{ daemon: Daemon; line: string }> {
    const child = spawn(argv, "piped", env);
    const daemon = new Daemon(child);
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let line = "";
    while (!line.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`It did not start: ${await daemon.#said}`);
      line += value;
    }
    void reader.cancel();
    return { daemon, line };
  }

  /** The most memory that the server itself had so far, in bytes; 0 where the system does not tell. */
  peakMemory(): number {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  async #answers(port: number): Promise<void> {
    let ended = false;
    void this.#child.status.then(() => ended = true);
    for (const start = performance.now(); performance.now() - start < START_TIMEOUT_MS;) {
      if (ended) throw new Error(`It did not start: ${(await this.#said).trim()}`);
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    throw new Error(`It does not answer on port ${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const killer = setTimeout(() => this.#signal("SIGKILL"), STOP_TIMEOUT_MS);
    this.#signal("SIGTERM");
    await this.#child.status;
    clearTimeout(killer);
    // What it had started for its sessions.
    this.#signal("SIGKILL");
    await this.#said;
  }

  /** To the server and all that it has started: it leads a process group. */
  #signal(signal: Deno.Signal): void {
    try {
      Deno.kill(-this.#child.pid, signal);
    } catch {
      // Nobody is left.
    }
  }
}

function spawn(argv: readonly string[], stdout: "null" | "piped", env: Record<string, string> = {}) {
  const [program, ...args] = argv;
  return new Deno.Command(program!, { args, env, detached: true, stdin: "null", stdout, stderr: "piped" }).spawn();
}
