/** What commands say: sentences for people, or one JSON object a line for programs. */
import { EXIT, exitStatusOf } from "../../console/exit_status.ts";
import { formatCode, StatusError } from "../../protocol/status.ts";
import type { Terminal } from "../../console/terminal.ts";
import { escapeText } from "../../protocol/text.ts";
import { namingStop } from "../connection/stopped.ts";
import { fileLine } from "../progress/format.ts";
import { type Color, paint } from "./color.ts";
import { type ProgressLine, TransferView } from "../progress/view.ts";
import type { TransferResult } from "../progress/watcher.ts";

/** How to speak. */
export interface ReporterOptions {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly quiet: boolean;
  /** What draws the progress of transfers, where it is wanted. */
  readonly progress: ProgressLine | undefined;
}

/** One line for people that is one record for programs. */
export interface Row {
  readonly text: string;
  /** What stands behind the text: a name, in its colour where there are any, and the mark of its kind. */
  readonly name?: { readonly text: string; readonly color: Color | undefined; readonly mark: string };
  readonly record: Record<string, unknown>;
}

/** Writes results to stdout and failures to stderr. */
export class Reporter {
  readonly #options: ReporterOptions;
  /** What is, or was last, on the screen. */
  #view: TransferView | undefined;
  /** The exit status that the failures so far make; the first one decides. */
  status = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get terminal(): Terminal {
    return this.#options.terminal;
  }

  /** Whether programs read stdout, and nothing but JSON may be there. */
  get isJson(): boolean {
    return this.#options.json;
  }

  /** A line that was asked for; `--quiet` does not silence it. The text is escaped. */
  line(text: string, record: Record<string, unknown>): void {
    this.block([text], record);
  }

  /** Several lines for people that are one record for programs. */
  block(lines: readonly string[], record: Record<string, unknown>): void {
    const { terminal, json } = this.#options;
    terminal.write(json ? `${JSON.stringify(record)}\n` : lines.map((text) => `${escapeText(text)}\n`).join(""));
  }

  /** Several lines in one write. */
  lines(rows: Iterable<Row>): void {
    const { terminal, json } = this.#options;
    let out = "";
    for (const row of rows) out += `${json ? JSON.stringify(row.record) : this.#shown(row)}\n`;
    if (out !== "") terminal.write(out);
  }

  #shown({ text, name }: Row): string {
    if (!name) return escapeText(text);
    const label = escapeText(name.text);
    const { hasColor } = this.#options.terminal;
    return `${escapeText(text)}${hasColor && name.color ? paint(label, name.color) : label}${name.mark}`;
  }

  /** Several things that were done; `--quiet` silences them for people. */
  results(rows: Iterable<Row>): void {
    if (this.#options.json || !this.#options.quiet) this.lines(rows);
  }

  /** Files of a tree that are where they belong: a line for each, all in one write, where there is no screen. */
  files(files: Iterable<readonly [name: string, bytes: number]>): void {
    const { terminal, json, quiet } = this.#options;
    if (json || quiet || terminal.isScreen) return;
    let out = "";
    for (const [name, bytes] of files) out += `${fileLine(name, bytes)}\n`;
    if (out !== "") terminal.write(out);
  }

  /** What was done; `--quiet` silences it for people, programs always get it. A `warning` in the record is shown to both. */
  done(text: string, record: Record<string, unknown>, ok = true): void {
    if (typeof record.warning === "string") this.warning(record.warning);
    if (this.#options.json) this.line("", { ok, ...record });
    else if (!this.#options.quiet) this.line(text, {});
  }

  /** Something to know that is no result. */
  note(text: string): void {
    const { terminal, json, quiet } = this.#options;
    if (!json && !quiet) terminal.write(`${escapeText(text)}\n`);
  }

  /** Something to know that is neither result nor failure, such as what was skipped; `--quiet` does not silence it. */
  aside(text: string): void {
    // It must not be glued to a line that is being redrawn.
    this.#view?.clear();
    this.terminal.warn(`ftp: ${escapeText(text)}`);
  }

  /** Something that was done, and of which not all is well: it is no failure, and nothing silences it. */
  warning(text: string): void {
    this.aside(`warning: ${text}`);
  }

  /** A failure of one file of many: it is told, and the exit status is 1 whatever it was. */
  failureOf(name: string, error: unknown): void {
    const known = error instanceof StatusError ? error : new StatusError(500, String(error));
    const before = this.status;
    this.failure(new StatusError(known.code, `${name}: ${known.message}`, { details: known.details }));
    this.status = before || EXIT.failed;
  }

  /** A failure: it decides the exit status unless an earlier one did. */
  failure(error: unknown): void {
    const { terminal, json } = this.#options;
    // What is said must not be glued to a line that is being redrawn.
    this.#view?.clear();
    const known = error instanceof StatusError
      ? error
      : new StatusError(500, error instanceof Error ? error.message : String(error));
    const message = escapeText(known.message);
    terminal.warn(`ftp: ${formatCode(known.code)} ${message}`);
    if (json) terminal.write(`${JSON.stringify({ ok: false, code: known.code, message, ...known.details })}\n`);
    this.status ||= exitStatusOf(known);
  }

  /** The view of a transfer that is about to run. */
  view(name: string): TransferView {
    const { terminal, json, quiet, progress } = this.#options;
    const bar = json || quiet ? undefined : progress;
    return this.#view = new TransferView(name, { terminal, bar, now: () => performance.now() });
  }

  /** Shows a transfer while it runs and says how it ended. */
  async transfer(
    { name, command, path }: { name: string; command: string; path: string },
    run: (view: TransferView) => Promise<TransferResult>,
  ): Promise<void> {
    const { json, quiet } = this.#options;
    const view = this.view(name);
    let result: TransferResult;
    try {
      result = await run(view);
    } catch (error) {
      throw namingStop(error, name);
    } finally {
      view.clear();
    }
    const ms = view.finish(result, { print: !json && !quiet });
    if (result.warning !== undefined) this.warning(result.warning);
    if (json) this.line("", { ok: true, command, name, path, ...result, ms: Math.round(ms) });
  }
}
