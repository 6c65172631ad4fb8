/** A session that comes back: when the connection breaks, it is opened again and the work goes on. */
import { delay } from "@std/async/delay";
import { TrustError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Remote } from "./remote.ts";
import { openSession, type Session } from "./session.ts";

const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 15_000;
/** A connection that held so long was of use. */
const LASTING_MS = 2_000;
/** How long to try, where the number of tries is not given. */
const TRY_FOR_MS = 300_000;

/** How to come back. */
export interface LinkOptions {
  /** Tries in a row; `undefined`: as many as five minutes allow; 0: none. */
  readonly retries: number | undefined;
  /** Told when the connection is lost, and why. */
  onLost(reason: StatusError): void;
  /** Told when there is one again. */
  onBack?(session: Session): void;
}

/** Whether the same may go well on another connection: it broke, or the server was about to stop. */
export function isConnectionLoss(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code === 503 && !(error instanceof TrustError);
}

/** Whether the next of several tries in a row would be one too many, or come too late. */
function isOver(next: number, { retries, started }: { retries: number | undefined; started: number }): boolean {
  return retries === undefined ? performance.now() - started > TRY_FOR_MS : next > retries;
}

/** How long to wait after so many tries. Jitter: a thousand clients of one server must not come back in step. */
function pauseAfter(tries: number): number {
  return Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 16)) * (0.5 + Math.random());
}

/** A session and the means to have it back. */
export class Link {
  readonly #options: LinkOptions;
  #session: Session;
  #opening: Promise<Session> | undefined;
  #stop = new AbortController();

  constructor(session: Session, options: LinkOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** The session as it is now. */
  get session(): Session {
    return this.#session;
  }

  /** Ends what begins now when it is stopped; its reason is what the work then fails with. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** A connection that works: the one that is there, or a new one. */
  async remote(): Promise<Remote> {
    const failure = this.#session.remote.failure;
    if (!failure) return this.#session.remote;
    this.#opening ??= this.#reopen(failure).finally(() => this.#opening = undefined);
    this.#session = await this.#opening;
    return this.#session.remote;
  }

  /**
   * Does some work, again from its start on a new connection when it is lost in the middle.
   *
   * @param work must be such that doing it twice is as good as once
   * @throws {StatusError} what the work throws, or why the server could not be reached any more
   */
  async run<T>(work: (remote: Remote, attempt: number) => Promise<T>): Promise<T> {
    const { retries } = this.#options;
    const { stopping } = this;
    // Connections in a row that broke before anything could come of them.
    let inVain = 0;
    let started = performance.now();
    for (let attempt = 1;; attempt++) {
      const remote = await this.remote();
      // A new connection may have come up after all.
      stopping.throwIfAborted();
      const connected = performance.now();
      try {
        return await work(remote, attempt);
      } catch (error) {
        if (!isConnectionLoss(error) || retries === 0) throw error;
        // A server that is about to stop has refused, but has not closed yet.
        await remote.close();
        if (performance.now() - connected > LASTING_MS) {
          inVain = 0;
          started = performance.now();
        }
        if (isOver(++inVain, { retries, started })) throw error;
        if (inVain > 1) await delay(pauseAfter(inVain - 1), { signal: this.stopping });
      }
    }
  }

  /** Stops whatever runs: what is asked for is stopped at the server, and nothing more is begun. */
  stop(): void {
    const stop = this.#stop;
    // What the user asks for next is not stopped.
    this.#stop = new AbortController();
    stop.abort(new StatusError(206, "Stopped as asked"));
    // A connection that is gone has nothing to stop.
    this.#session.remote.stopAll().catch(() => {});
  }

  async #reopen(lost: StatusError): Promise<Session> {
    const { retries, onLost, onBack } = this.#options;
    if (retries === 0) throw lost;
    onLost(lost);
    const started = performance.now();
    for (let tries = 1;; tries++) {
      try {
        const session = await openSession(this.#session.again, () => {});
        onBack?.(session);
        return session;
      } catch (error) {
        if (!isConnectionLoss(error) || isOver(tries + 1, { retries, started })) throw error;
      }
      await delay(pauseAfter(tries), { signal: this.stopping });
    }
  }
}
