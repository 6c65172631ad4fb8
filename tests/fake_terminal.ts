/** A terminal that is only memory: what is said is kept, what is asked is answered from a list. */
import type { Terminal } from "../console/terminal.ts";

/** What a fake terminal starts with. */
export interface FakeTerminalOptions {
  readonly isScreen?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: readonly string[];
  /** The answers to `askSecret`, in order; `null` when there are none left. */
  readonly secrets?: readonly string[];
  readonly os?: string;
}

/** Records `write` and `warn`. */
export class FakeTerminal implements Terminal {
  readonly isInteractive = false;
  readonly hasColor = false;
  readonly isScreen: boolean;
  readonly os: string;
  readonly prompts: string[] = [];
  readonly warnings: string[] = [];
  written = "";
  readonly #options: FakeTerminalOptions;
  readonly #secrets: string[];

  constructor(options: FakeTerminalOptions = {}) {
    this.#options = options;
    this.#secrets = [...options.secrets ?? []];
    this.isScreen = options.isScreen ?? false;
    this.os = options.os ?? "linux";
  }

  // Functions that may be taken off the object, as those of the real terminal may.
  readonly columns = (): number => this.#options.columns ?? 80;
  readonly rows = (): number => this.#options.rows ?? 24;
  readonly write = (text: string): void => void (this.written += text);
  readonly warn = (line: string): boolean => this.warnings.push(line) > 0;
  readonly writeSome = (_stream: string, bytes: Uint8Array): Promise<number> => Promise.resolve(bytes.length);
  readonly env = (name: string): string | undefined => this.#options.env?.[name];
  readonly askSecret = (prompt: string): Promise<string | null> => {
    this.prompts.push(prompt);
    return Promise.resolve(this.#secrets.shift() ?? null);
  };

  async *lines(): AsyncGenerator<string> {
    yield* this.#options.stdin ?? [];
  }
}
