/** Draws transfers: lines that are redrawn on a screen, one line at the end elsewhere. */
import type { Terminal } from "../../console/terminal.ts";
import { escapeText } from "../../protocol/text.ts";
import { resultLine } from "./format.ts";
import { Gauge, type Moment } from "./gauge.ts";
import type { FileWatcher, TransferResult, Watcher } from "./watcher.ts";

const REDRAW_MS = 100;
/** Lines of files below that of the whole: no more than fit on a small screen. */
const MOST_FILE_LINES = 8;

/** Makes the line of a moment, at most so many columns wide. */
export type ProgressLine = (moment: Moment, columns: number) => string;

/** What a view may draw on. `now` in ms. */
export interface ViewOptions {
  readonly terminal: Pick<Terminal, "write" | "warn" | "isScreen" | "columns" | "rows">;
  /** What draws the bar, where one is wanted. */
  readonly bar: ProgressLine | undefined;
  readonly now: () => number;
}

/** The view of one transfer, of a file or of many: a line for the whole, and one for each file that runs beside it. */
export class TransferView implements Watcher {
  readonly #options: ViewOptions;
  readonly #name: string;
  readonly #started: number;
  readonly #whole: Gauge;
  readonly #files = new Set<Gauge>();
  #drawnAt: number;
  #drawnLines = 0;

  constructor(name: string, options: ViewOptions) {
    this.#options = options;
    this.#name = name;
    this.#whole = new Gauge(name, options.now);
    this.#started = this.#drawnAt = options.now();
  }

  begin(phase: string, total: number, done = 0): void {
    this.#whole.begin(phase, total, done);
    this.#draw();
  }

  advance(bytes: number): void {
    this.#whole.advance(bytes);
    if (this.#options.now() - this.#drawnAt >= REDRAW_MS) this.#draw();
  }

  label(text: string): void {
    this.#whole.name = text;
  }

  file(name: string): FileWatcher {
    const gauge = new Gauge(name, this.#options.now);
    this.#files.add(gauge);
    // The line of the whole has no other file's name any more.
    this.label(this.#name);
    return {
      begin: (phase, total, done = 0) => {
        gauge.begin(phase, total, done);
        this.#whole.skip(done);
      },
      advance: (bytes) => {
        gauge.advance(bytes);
        // What is looked at once more does not count for the whole.
        this.advance(gauge.phase === "transfer" ? bytes : 0);
      },
      label: () => {},
      file: (name) => this.file(name),
      notice: (text) => this.notice(text),
      [Symbol.dispose]: () => void this.#files.delete(gauge),
    };
  }

  notice(text: string): void {
    this.clear();
    this.#options.terminal.warn(`ftp: ${escapeText(text)}`);
  }

  /** Ends with a line that stays. @returns how long it took in ms */
  finish(result: TransferResult, { print }: { print: boolean }): number {
    const ms = this.#options.now() - this.#started;
    this.clear();
    if (print) this.#options.terminal.write(`${resultLine({ name: this.#whole.name, ms, ...result })}\n`);
    return ms;
  }

  /** Takes the lines away. */
  clear(): void {
    if (this.#drawnLines > 0) this.#options.terminal.write(`${toFirst(this.#drawnLines)}\x1b[J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    const { terminal, bar, now } = this.#options;
    this.#drawnAt = now();
    if (!bar || !terminal.isScreen) return;
    // What has not begun has nothing to show.
    const running = [...this.#files].filter(({ phase }) => phase !== "");
    const room = Math.max(0, Math.min(MOST_FILE_LINES, terminal.rows() - 2));
    const moments = [this.#whole, ...running.slice(0, room)].map((gauge) => gauge.look());
    const columns = terminal.columns();
    const [whole = "", ...files] = moments.map((moment, at) => bar(moment, at === 0 ? columns : columns - 2));
    const lines = [whole, ...files.map((line) => `  ${line}`)].map((line) => `${line}\x1b[K`);
    // Lines that were there and are no more are behind the last one.
    const gone = this.#drawnLines > lines.length ? "\x1b[J" : "";
    terminal.write(`${toFirst(this.#drawnLines)}${lines.join("\n")}${gone}`);
    this.#drawnLines = lines.length;
  }
}

/** Moves to the beginning of the first of so many lines, the last of which the cursor is on. */
function toFirst(lines: number): string {
  return lines > 1 ? `\r\x1b[${lines - 1}A` : "\r";
}
