/** The log: one line an event on stderr, everything from outside escaped. */
import { escapeText } from "../../protocol/text.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** How much an event matters. */
export type LogLevel = typeof LEVELS[number];
/** What an event holds. Never a password, verifier, proof or secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Lines a source may cause each second before it has logged in. */
const SOURCE_LINES_PER_SECOND = 10;
const SOURCE_TABLE_LIMIT = 4_096;

/** Whether a text is a level. */
export function isLogLevel(text: string): text is LogLevel {
  return (LEVELS as readonly string[]).includes(text);
}

/** Writes events as they happen. */
export class Log {
  readonly #format: "text" | "json";
  readonly #least: number;
  readonly #write: (line: string) => void;
  readonly #sources = new Map<string, { second: number; lines: number }>();
  #suppressed = 0;

  constructor(options: { format: "text" | "json"; level: LogLevel; write: (line: string) => void }) {
    this.#format = options.format;
    this.#least = LEVELS.indexOf(options.level);
    this.#write = options.write;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#line("debug", event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#line("info", event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#line("warn", event, fields);
  }

  /** An event that a stranger can cause at will: at most 10 lines a second for a source, the rest counted. */
  stranger(source: string, event: string, fields: LogFields = {}): void {
    const second = Math.floor(performance.now() / 1000);
    let row = this.#sources.get(source);
    if (row?.second !== second) {
      if (this.#sources.size >= SOURCE_TABLE_LIMIT) this.#sources.clear();
      row = { second, lines: 0 };
      this.#sources.set(source, row);
    }
    if (row.lines++ >= SOURCE_LINES_PER_SECOND) {
      this.#suppressed++;
      return;
    }
    const suppressed = this.#suppressed || undefined;
    this.#suppressed = 0;
    this.#line("info", event, { source, ...fields, suppressed });
  }

  /** An unexpected failure; returns the id under which it is found. */
  failure(event: string, error: unknown, fields: LogFields = {}): string {
    const id = crypto.randomUUID().slice(0, 8);
    const cause = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#line("error", event, { ...fields, id, cause });
    return id;
  }

  /** An event as a line. */
  format(level: LogLevel, event: string, fields: LogFields): string {
    const time = new Date().toISOString();
    return this.#format === "json" ? jsonLine({ time, level, event, ...fields }) : textLine(time, level, event, fields);
  }

  #line(level: LogLevel, event: string, fields: LogFields): void {
    if (LEVELS.indexOf(level) >= this.#least) this.#write(this.format(level, event, fields));
  }
}

function jsonLine(fields: LogFields): string {
  return JSON.stringify(fields, (_, value) => typeof value === "string" ? escapeText(value) : value);
}

function textLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${plain(value)}`);
  return [time, level.padEnd(5), event, ...pairs].join(" ");
}

/** A value that can be split at blanks and equals signs again. */
function plain(value: unknown): string {
  const text = escapeText(String(value));
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
