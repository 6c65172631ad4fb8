/**
 * A line that is typed without being shown, key by key, as a terminal in raw mode gives them. `promptSecret` of
 * `@std/cli` writes to stdout and erases byte by byte.
 */
import { UsageError } from "./exit_status.ts";
import { utf8Of } from "./utf8.ts";

const ENTER = [0x0a, 0x0d];
const ERASE = [0x08, 0x7f];
const INTERRUPT = 0x03;
const END = 0x04;
const KILL = 0x15;
const SUSPEND = 0x1a;

/** The sentence for a password that is refused, and not shown. */
export const PASSWORD_NOT_UTF8 = "The password is not UTF-8";

/** What a key did: the line goes on, is over, is given up with Ctrl-C, or waits since Ctrl-Z. */
export type Typed = "more" | "done" | "interrupted" | "suspended";

/** A line on its way. */
export class SecretLine {
  #bytes: number[] = [];

  /** Takes a byte. Ctrl-D ends the line, Ctrl-U begins it anew. */
  push(byte: number): Typed {
    if (byte === INTERRUPT) return "interrupted";
    if (byte === SUSPEND) return "suspended";
    if (byte === END || ENTER.includes(byte)) return "done";
    if (byte === KILL) this.#bytes = [];
    else if (ERASE.includes(byte)) this.#erase();
    else this.#bytes.push(byte);
    return "more";
  }

  /** The line so far. @throws {UsageError} when it is not UTF-8 */
  get text(): string {
    const text = utf8Of(new Uint8Array(this.#bytes));
    if (text === undefined) throw new UsageError(PASSWORD_NOT_UTF8);
    return text;
  }

  /** A character of several bytes goes as a whole: those after its first have the highest bits 10. */
  #erase(): void {
    while ((this.#bytes.pop() ?? 0) >> 6 === 0b10);
  }
}
