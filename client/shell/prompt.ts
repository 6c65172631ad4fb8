/** The prompt: `node:readline` edits one line, and what was typed beyond it is kept for the next one. */
import { Buffer } from "node:buffer";
import { createInterface, type Interface } from "node:readline";
import { Readable, type Writable } from "node:stream";

const HISTORY_LINES = 500;
/** Up to the first key that may end the line or takes time: Enter, Tab, Ctrl-C, Ctrl-D, Ctrl-Z. */
const NEXT_KEYS = /^[^\r\n\t\cC\cD\cZ]*(?:\r\n|[\r\n\t\cC\cD\cZ])?/;
const CTRL_C = "\x03";

/** The keyboard and the screen. */
export interface Keyboard {
  /** Waits for keys; `null` at the end. Called only while a line is wanted. */
  read(): Promise<Uint8Array | null>;
  /** Whether keys come one by one and without echo. */
  setRaw(isRaw: boolean): void;
  /** Stops the program for Ctrl-Z, where that can be; resolves when it runs again. */
  suspend(): Promise<void>;
  readonly screen: Writable;
}

/** What may stand for the last word of a line, and that word. */
export type Completer = (line: string) => Promise<[candidates: string[], word: string]>;

/** A line that is being typed. */
interface Edit {
  readonly keys: Readable;
  readonly readline: Interface;
  /** Set when it has ended. */
  outcome?: { readonly line: string | undefined };
  completing?: Promise<void> | undefined;
  suspended?: Promise<void> | undefined;
}

/**
 * Asks for lines. `readline` gets no key beyond the end of a line, and nothing is read but while a line is wanted: what
 * is pasted or typed ahead waits here or with the system, and a program that runs in between can read the terminal.
 */
export class Prompt {
  readonly #keyboard: Keyboard;
  readonly #completer: Completer;
  readonly #decoder = new TextDecoder();
  #history: string[] = [];
  /** Typed, but not yet shown to `readline`. */
  #ahead = "";
  #reading: Promise<void> | undefined;
  #isAtEnd = false;
  #edit: Edit | undefined;

  constructor(keyboard: Keyboard, completer: Completer) {
    this.#keyboard = keyboard;
    this.#completer = completer;
  }

  /** Asks for a line: an empty one after Ctrl-C, `undefined` at the end of input. */
  async ask(prompt: string): Promise<string | undefined> {
    const edit = this.#edit = this.#open(prompt);
    edit.readline.prompt();
    while (!edit.outcome) {
      if (edit.suspended) await edit.suspended;
      else if (edit.completing) await this.#waitFor(edit);
      else if (this.#ahead !== "") this.#feed(edit);
      else if (this.#isAtEnd) edit.readline.close();
      else await this.#more();
    }
    return edit.outcome.line;
  }

  /** Forgets what was typed ahead, as a terminal does at Ctrl-C. */
  forget(): void {
    this.#ahead = "";
  }

  /** Shows the line again that is being typed: something else has been on the screen. */
  redraw(): void {
    if (!this.#edit || this.#edit.outcome) return;
    this.#keyboard.setRaw(true);
    this.#edit.readline.prompt(true);
  }

  /** Ends the line that is being typed, as at the end of input, and leaves the usual mode behind. */
  close(): undefined {
    if (this.#edit && !this.#edit.outcome) this.#edit.readline.close();
  }

  #open(prompt: string): Edit {
    const { screen, setRaw } = this.#keyboard;
    const keys = Object.assign(new Readable({ read() {} }), { setRawMode: setRaw });
    const readline = createInterface({
      input: keys,
      output: screen,
      terminal: true,
      prompt,
      history: [...this.#history],
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        edit.completing = this.#completer(line).then((found) => {
          edit.completing = undefined;
          // Ctrl-C may have ended the line in the meantime.
          if (!edit.outcome) done(null, found);
        });
      },
    });
    const edit: Edit = { keys, readline };
    const end = (line: string | undefined, shown: string) => {
      edit.outcome ??= { line };
      readline.close();
      screen.write(shown);
    };
    readline.on("history", (updated: string[]) => this.#history = [...updated]);
    readline.on("line", (line: string) => end(line, ""));
    readline.on("SIGTSTP", () => {
      setRaw(false);
      edit.suspended = this.#keyboard.suspend().then(() => {
        edit.suspended = undefined;
        this.redraw();
      });
    });
    readline.on("SIGINT", () => end("", "^C\n"));
    // What comes after the end of input begins on a line of its own.
    readline.on("close", () => edit.outcome || end(undefined, "\n"));
    return edit;
  }

  #feed({ keys }: Edit): void {
    const [next] = NEXT_KEYS.exec(this.#ahead)!;
    this.#ahead = this.#ahead.slice(next.length);
    keys.emit("data", Buffer.from(next.replace("\r\n", "\r")));
  }

  /** Keys wait for a completion, or they would edit the line as it was before; only Ctrl-C does not. */
  async #waitFor({ keys, completing }: Edit): Promise<void> {
    const cut = this.#ahead.indexOf(CTRL_C);
    if (cut >= 0) {
      this.#ahead = this.#ahead.slice(cut + 1);
      keys.emit("data", Buffer.from(CTRL_C));
    } else {
      await (this.#isAtEnd ? completing : Promise.race([completing, this.#more()]));
    }
  }

  #more(): Promise<void> {
    // A read that a completion did not wait for goes on: its keys must not be lost.
    this.#reading ??= this.#keyboard.read().then((bytes) => {
      this.#reading = undefined;
      if (bytes === null) this.#isAtEnd = true;
      else this.#ahead += this.#decoder.decode(bytes, { stream: true });
    });
    return this.#reading;
  }
}
