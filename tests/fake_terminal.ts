/** A terminal that is only memory: what is said is kept, what is asked is answered from a list. */
import type { Terminal } from "../console/terminal.ts";
import { utf8LinesOf } from "../console/utf8.ts";

/** What a fake terminal starts with. */
export interface FakeTerminalOptions {
  readonly isScreen?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** All that is on stdin. */
  readonly stdin?: string;
  /** The answers to `askSecret`, in order; `null` when there are none left. */
  readonly secrets?: readonly string[];
  readonly os?: string;
  readonly cwd?: string;
  /** Hears what is written to a stream, as it comes. */
  readonly onText?: (stream: "stdout" | "stderr", text: string) => void;
}

/** Keeps what is written, and stands for the process: a test sends it signals. */
export class FakeTerminal implements Terminal {
  readonly isInteractive = false;
  readonly hasColor = false;
  readonly isScreen: boolean;
  readonly os: string;
  readonly prompts: string[] = [];
  readonly warnings: string[] = [];
  written = "";
  /** All of stderr: warnings, and what was written beside other work. */
  stderr = "";
  readonly #options: FakeTerminalOptions;
  readonly #secrets: string[];
  readonly #stdin: AsyncIterator<string>;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #listeners = new Set<(signal: Deno.Signal) => void>();

  constructor(options: FakeTerminalOptions = {}) {
    this.#options = options;
    this.#secrets = [...options.secrets ?? []];
    this.#stdin = utf8LinesOf(inPieces(options.stdin ?? ""), "stdin");
    this.isScreen = options.isScreen ?? false;
    this.os = options.os ?? "linux";
  }

  // Functions that may be taken off the object, as those of the real terminal may.
  readonly columns = (): number => this.#options.columns ?? 80;
  readonly rows = (): number => this.#options.rows ?? 24;
  readonly write = (text: string): void => this.#take("stdout", text);
  readonly warn = (line: string): boolean => {
    this.#take("stderr", `${line}\n`);
    return this.warnings.push(line) > 0;
  };
  readonly writeSome = (stream: "stdout" | "stderr", bytes: Uint8Array): Promise<number> => {
    this.#take(stream, this.#decoders[stream].decode(bytes, { stream: true }));
    return Promise.resolve(bytes.length);
  };
  readonly env = (name: string): string | undefined => this.#options.env?.[name];
  readonly askSecret = (prompt: string): Promise<string | null> => {
    this.prompts.push(prompt);
    return Promise.resolve(this.#secrets.shift() ?? null);
  };
  readonly lines = (): AsyncIterable<string> => ({
    [Symbol.asyncIterator]: () => ({ next: () => this.#stdin.next() }),
  });
  readonly cwd = (): string => this.#options.cwd ?? Deno.cwd();
  readonly onEndSignal = (listener: (signal: Deno.Signal) => void): Disposable => {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  };
  /** The test runner hears of them. */
  readonly onStrayFailure = (): Disposable => ({ [Symbol.dispose]() {} });
  readonly freeDescriptors = (most: number): number => most;
  /** A test goes on after what it runs. */
  readonly giveUp = (): Promise<void> => Promise.resolve();

  /** Sends a signal to whatever listens. */
  signal(signal: Deno.Signal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  #take(stream: "stdout" | "stderr", text: string): void {
    if (stream === "stdout") this.written += text;
    else this.stderr += text;
    this.#options.onText?.(stream, text);
  }
}

async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield new TextEncoder().encode(text);
}
