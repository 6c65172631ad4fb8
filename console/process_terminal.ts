/** The terminal of this process: its streams, its environment, its signals. */
import { StatusError } from "../protocol/status.ts";
import { freeDescriptors } from "./descriptors.ts";
import { EXIT, UsageError } from "./exit_status.ts";
import { canSuspend, END_SIGNALS, isEndedByHangup, suspend } from "./job_control.ts";
import { reasonOf } from "./reason.ts";
import { PASSWORD_NOT_UTF8, SecretLine, type Typed } from "./secret_line.ts";
import type { Terminal } from "./terminal.ts";
import { utf8LinesOf } from "./utf8.ts";
import { writeAll } from "./write_all.ts";

/**
 * The real terminal.
 *
 * @param argv the arguments of the program: `--no-color` is about the terminal
 * @param exit ends the process, where stdout takes no more
 */
export function processTerminal(argv: readonly string[], exit: (status: number) => never): Terminal & Disposable {
  const isScreen = Deno.stdout.isTerminal();
  // One reader for all: what follows the password on stdin is there for what reads the commands.
  const stdin = utf8LinesOf(Deno.stdin.readable, "stdin");
  return {
    isInteractive: Deno.stdin.isTerminal(),
    isScreen,
    hasColor: isScreen && wantsColor(argv),
    columns: () => isScreen ? Deno.consoleSize().columns : 80,
    rows: () => isScreen ? Deno.consoleSize().rows : 24,
    write: (text) => write(text, exit),
    warn: (line) => writeError(`${line}\n`),
    writeSome: (stream, bytes) => Deno[stream].write(bytes),
    askSecret: (prompt) => Deno.stdin.isTerminal() ? askSecret(prompt) : Promise.resolve(null),
    lines: () => ({ [Symbol.asyncIterator]: () => ({ next: () => stdin.next() }) }),
    env,
    os: Deno.build.os,
    cwd: Deno.cwd,
    onEndSignal,
    onStrayFailure,
    freeDescriptors,
    async giveUp(...permissions) {
      for (const name of permissions) await Deno.permissions.revoke({ name });
    },
    [Symbol.dispose]: giveTerminalBack,
  };
}

/** Writes to stdout. When nobody reads it any more, or it cannot be written, the program ends, as Unix tools do. */
function write(text: string, exit: (status: number) => never): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) exit(EXIT.brokenPipe);
    writeError(`ftp: 500 Cannot write the output: ${reasonOf(error)}\n`);
    exit(EXIT.failed);
  }
}

/** Writes to stderr. Where that is closed nobody is there to read it. */
function writeError(text: string): boolean {
  try {
    writeAll(Deno.stderr, text);
    return true;
  } catch {
    return false;
  }
}

/** An environment variable. The runtime's own error would show its value. */
function env(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new UsageError(name === "FTP_PASSWORD" ? PASSWORD_NOT_UTF8 : `$${name} is not UTF-8`);
  }
}

/** Whether colours are welcome on a screen (https://no-color.org). */
function wantsColor(argv: readonly string[]): boolean {
  try {
    return !env("NO_COLOR") && env("TERM") !== "dumb" && !argv.includes("--no-color");
  } catch {
    // It is set, whatever it says.
    return false;
  }
}

/** Asks on stderr: stdout may go to a file. */
async function askSecret(prompt: string): Promise<string> {
  const line = new SecretLine();
  const key = new Uint8Array(1);
  // Before the prompt: of what is typed at once nothing is shown, and no key is the terminal's.
  Deno.stdin.setRaw(true);
  writeError(`${prompt} `);
  try {
    for (let typed: Typed = "more"; typed !== "done";) {
      // Signals are heard meanwhile.
      typed = await Deno.stdin.read(key) === null ? "done" : line.push(key[0]!);
      if (typed === "interrupted") throw new StatusError(206, "Stopped as asked");
      if (typed !== "suspended" || !canSuspend()) continue;
      Deno.stdin.setRaw(false);
      await suspend();
      Deno.stdin.setRaw(true);
      writeError(`\n${prompt} `);
    }
  } finally {
    Deno.stdin.setRaw(false);
    writeError("\n");
  }
  return line.text;
}

/** Whatever was being typed, the shell gets the terminal back as it was. */
function giveTerminalBack(): void {
  try {
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
  } catch {
    // It has hung up.
  }
}

/** Whether a hangup counts takes a moment to find out: the others are heard from the first. */
function onEndSignal(listener: (signal: Deno.Signal) => void): Disposable {
  const removals: (() => void)[] = [];
  let isOver = false;
  const listen = (signal: Deno.Signal) => {
    const one = () => listener(signal);
    Deno.addSignalListener(signal, one);
    removals.push(() => Deno.removeSignalListener(signal, one));
  };
  END_SIGNALS.forEach(listen);
  void isEndedByHangup().then((isOne) => {
    if (isOne && !isOver) listen("SIGHUP");
  });
  return {
    [Symbol.dispose]() {
      isOver = true;
      for (const remove of removals) remove();
    },
  };
}

function onStrayFailure(listener: (error: unknown) => void): Disposable {
  const onStray = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    listener(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onStray);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", onStray) };
}
