/** Draws transfers: a line that is redrawn on a screen, one line at the end elsewhere. */
import type { Terminal } from "../../protocol/terminal.ts";
import { escapeText } from "../../protocol/text.ts";
import { resultLine } from "./format.ts";
import type { TransferResult, Watcher } from "./watcher.ts";

const REDRAW_MS = 100;
/** How much the last moments count for the rate that is shown. */
const RATE_WEIGHT = 0.3;

/** A moment of a transfer. Bytes, bytes a second, ms. */
export interface Moment {
  readonly name: string;
  /** `transfer`, or what is done instead. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly rate: number;
}

/** Makes the line of a moment, at most so many columns wide. */
export type ProgressLine = (moment: Moment, columns: number) => string;

/** What a view may draw on. `now` in ms. */
export interface ViewOptions {
  readonly terminal: Pick<Terminal, "write" | "warn" | "isScreen" | "columns">;
  /** What draws the bar, where one is wanted. */
  readonly bar: ProgressLine | undefined;
  readonly now: () => number;
}

/** The view of one file's transfer. */
export class TransferView implements Watcher {
  #name: string;
  readonly #options: ViewOptions;
  readonly #started: number;
  #phase = "";
  #done = 0;
  #total = 0;
  #rate = 0;
  #drawnAt: number;
  #drawnDone = 0;
  #isDrawn = false;

  constructor(name: string, options: ViewOptions) {
    this.#name = name;
    this.#options = options;
    this.#started = this.#drawnAt = options.now();
  }

  begin(phase: string, total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#done = this.#drawnDone = this.#rate = 0;
    this.#draw();
  }

  advance(bytes: number): void {
    this.#done += bytes;
    if (this.#options.now() - this.#drawnAt >= REDRAW_MS) this.#draw();
  }

  label(text: string): void {
    this.#name = text;
  }

  notice(text: string): void {
    this.clear();
    this.#options.terminal.warn(`ftp: ${escapeText(text)}`);
  }

  /** Ends with a line that stays. @returns how long it took in ms */
  finish(result: TransferResult, { print }: { print: boolean }): number {
    const ms = this.#options.now() - this.#started;
    this.clear();
    if (print) this.#options.terminal.write(`${resultLine({ name: this.#name, ms, ...result })}\n`);
    return ms;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isDrawn) this.#options.terminal.write("\r\x1b[K");
    this.#isDrawn = false;
  }

  #draw(): void {
    const { terminal, bar, now } = this.#options;
    const elapsed = now() - this.#drawnAt;
    if (elapsed > 0 && this.#done > this.#drawnDone) {
      const current = (this.#done - this.#drawnDone) / elapsed * 1000;
      this.#rate = this.#rate === 0 ? current : this.#rate * (1 - RATE_WEIGHT) + current * RATE_WEIGHT;
    }
    this.#drawnAt = now();
    this.#drawnDone = this.#done;
    if (!bar || !terminal.isScreen) return;
    const moment = { name: this.#name, phase: this.#phase, done: this.#done, total: this.#total, rate: this.#rate };
    terminal.write(`\r${bar(moment, terminal.columns())}\x1b[K`);
    this.#isDrawn = true;
  }
}
