/** The connections of a tree transfer: one at first, more as soon as it is known what has to move. */
import { TrustError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import type { TransferTools } from "../transfer/download.ts";
import type { Remote } from "../connection/remote.ts";

/** Without `--parallel`: one more connection for each N large files, up to LIMIT in all. */
const LARGE_FILES_EACH = 4;
const CONNECTION_LIMIT = 4;

/** A piece of work for the next connection that is free. */
export type Task = (tools: TransferTools) => Promise<void>;

/** What a pool needs. */
export interface PoolOptions {
  /** How many connections, if the user has set a number. */
  readonly wanted: number | undefined;
  /** Opens one more. */
  open(): Promise<Remote>;
}

/** Lends connections. Dispose of it: those beyond the first are closed. */
export class ConnectionPool implements AsyncDisposable {
  /** The connection of the session. */
  readonly first: TransferTools;
  readonly #options: PoolOptions;
  readonly #more = new Set<Remote>();
  #refusal: unknown;
  #isOver = false;

  constructor(first: TransferTools, options: PoolOptions) {
    this.first = first;
    this.#options = options;
    first.stopping.addEventListener("abort", this.#stop);
  }

  /** How many connections to use for a tree with N large files, which travel one by one. */
  countFor(large: number): number {
    const helpful = Math.min(CONNECTION_LIMIT, 1 + Math.floor(large / LARGE_FILES_EACH));
    // What is limited does not become faster.
    return this.#options.wanted ?? (this.first.limit.isSet ? 1 : helpful);
  }

  /** How many shares small files are cut into: the number that the user has set, else one. */
  get shares(): number {
    return this.#options.wanted ?? 1;
  }

  /**
   * Works through tasks in their order; each connection takes the next as soon as it is free. Connections that the user
   * did not ask for join when they are open.
   */
  async run(tasks: readonly Task[], count: number): Promise<void> {
    const { stopping } = this.first;
    stopping.throwIfAborted();
    const waiting = [...tasks];
    const over = Promise.withResolvers<undefined>();
    const openings = Array.from({ length: count - 1 }, () => this.#open());
    if (this.#options.wanted !== undefined) await this.#allOpened(openings);
    const work = async (tools: TransferTools) => {
      try {
        for (let task = waiting.shift(); task; task = waiting.shift()) await task(tools);
      } catch (error) {
        // The others end what they have begun.
        waiting.length = 0;
        throw error;
      }
    };
    const others = openings.map(async (opening) => {
      const remote = await Promise.race([opening, over.promise]);
      if (remote) await work({ ...this.first, remote });
    });
    const own = work(this.first).finally(() => over.resolve(undefined));
    const results = await Promise.allSettled([own, ...others]);
    // A connection that broke meanwhile would make us try again.
    stopping.throwIfAborted();
    // Only when all have come to rest may the caller try again.
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Opens a connection; none when it is refused. */
  async #open(): Promise<Remote | undefined> {
    try {
      const remote = await this.#options.open();
      // It comes too late.
      if (this.#isOver) return void await remote.close();
      this.#more.add(remote);
      return remote;
    } catch (error) {
      this.#refusal = error;
      // Fewer connections than could be are not an error, but another certificate is news.
      if (error instanceof TrustError) this.first.watcher.notice(error.message);
      return undefined;
    }
  }

  /** Waits for the connections that the user asked for, and reports when they are fewer. */
  async #allOpened(openings: readonly Promise<unknown>[]): Promise<void> {
    const { stopping } = this.first;
    const stopped = Promise.withResolvers<never>();
    const onStop = () => stopped.reject(stopping.reason);
    stopping.addEventListener("abort", onStop);
    try {
      await Promise.race([Promise.all(openings), stopped.promise]);
    } finally {
      stopping.removeEventListener("abort", onStop);
    }
    if (this.#refusal === undefined || this.#refusal instanceof TrustError) return;
    const reason = this.#refusal instanceof StatusError ? this.#refusal.message : String(this.#refusal);
    this.first.watcher.notice(`${this.#more.size + 1} of ${openings.length + 1} connections: ${reason}`);
  }

  /** The link stops its own connection; it knows nothing of these. */
  readonly #stop = (): void => this.#more.forEach((remote) => void remote.stopAll().catch(() => {}));

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.first.stopping.removeEventListener("abort", this.#stop);
    await Promise.all([...this.#more].map((remote) => remote.close()));
  }
}
