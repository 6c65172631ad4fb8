/** Writes the log's lines beside all other work: nothing waits for a pipe or a disk that takes none. */

/** The most characters of lines that wait; a pipe whose reader has stopped must not fill the memory. */
export const WAITING_LIMIT_CHARACTERS = 1024 ** 2;
/** After a write that failed. */
const RETRY_MS = 1_000;

const encoder = new TextEncoder();

/** What a writer works with. */
export interface LogWriterOptions {
  /** Writes some bytes and resolves to how many were taken; may fail, and may take for ever. */
  write(bytes: Uint8Array): Promise<number>;
  /** The line that says how many lines are missing in its place. */
  lostLine(lines: number): string;
}

/** Lines in order. Where they cannot be written they wait, as many as there is room for; the rest is counted. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  /** What is being written: it resumes at the byte where a write failed, so that no line is ever torn. */
  #rest = new Uint8Array(0);
  #lost = 0;
  #writing: Promise<void> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Takes a line, without its end; never fails, never waits. */
  line(text: string): void {
    if (this.#waitingCharacters + text.length > WAITING_LIMIT_CHARACTERS) {
      this.#lost++;
      return;
    }
    this.#countLost();
    this.#push(text);
    this.#start();
  }

  /** Waits until all is written, at most `ms`. */
  async end(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    this.#stopWaiting();
    this.#start();
    await Promise.race([late, this.#writing]);
    clearTimeout(timer);
    this.#stopWaiting();
  }

  #push(text: string): void {
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
  }

  /** What was lost stands where it would have been. */
  #countLost(): void {
    if (this.#lost === 0) return;
    this.#push(this.#options.lostLine(this.#lost));
    this.#lost = 0;
  }

  /** After a failure the next try is the timer's: a full disk is not asked again for each line. */
  #start(): void {
    if (this.#retry !== undefined || this.#writing) return;
    this.#writing = this.#writeAll().finally(() => this.#writing = undefined);
  }

  async #writeAll(): Promise<void> {
    // One turn of the queue lets the lines of this turn travel together.
    await Promise.resolve();
    try {
      while (this.#next()) this.#rest = this.#rest.subarray(await this.#options.write(this.#rest));
    } catch {
      // There is no other place to report it: the lines wait, and the next try is soon.
      this.#retry = setTimeout(() => {
        this.#stopWaiting();
        this.#start();
      }, RETRY_MS);
      // A server that has ended does not stay for its log.
      Deno.unrefTimer(this.#retry as unknown as number);
    }
  }

  /** Whether there is something to write. */
  #next(): boolean {
    if (this.#rest.length > 0) return true;
    if (this.#waiting.length === 0) this.#countLost();
    if (this.#waiting.length === 0) return false;
    this.#rest = encoder.encode(`${this.#waiting.join("\n")}\n`);
    this.#waiting = [];
    this.#waitingCharacters = 0;
    return true;
  }

  #stopWaiting(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}
