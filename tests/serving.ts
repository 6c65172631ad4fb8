/** A server as the tests run it: in this process, or in one of its own. */
import { main } from "../main.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { PATIENCE_MS } from "./harness.ts";
import { environment, ftpCommand } from "./run_ftp.ts";

/** What a server writes to its standard error. */
export class ServerOutput {
  text = "";
  #onMore = Promise.withResolvers<void>();

  add(text: string): void {
    this.text += text;
    this.#onMore.resolve();
    this.#onMore = Promise.withResolvers();
  }

  /** @throws {Error} when the server ends, or patience does, before that is so */
  async until(isSo: (text: string) => boolean, ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    const patience = new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      Deno.unrefTimer(timer);
    });
    const over = Promise.race([ended, patience]);
    void over.then(() => isOver = true);
    for (; !isSo(this.text); await Promise.race([this.#onMore.promise, over])) {
      if (isOver) throw new Error(`The server did not log it: ${this.text}`);
    }
  }
}

/** How a server is set up. Each of these but `fresh` gives it a process of its own. */
export interface ServerSetup {
  /** It runs in a process of its own. */
  readonly process?: boolean;
  /** A module that runs before the program. */
  readonly preload?: string;
  /** More of its environment. */
  readonly env?: Record<string, string>;
  /** Words before the program. */
  readonly wrap?: readonly string[];
  /** It makes a certificate of its own, as a first start does, instead of having that of all tests. */
  readonly fresh?: boolean;
}

/** A server that runs: how it is asked to end, and how it ended. */
export interface Running {
  /** What it has written to its standard output. */
  readonly announced: Promise<string>;
  readonly ended: Promise<number>;
  readonly child: Deno.ChildProcess | undefined;
  signal(signal: Deno.Signal): void;
}

/** Runs a server: in this process, unless its setup asks for one of its own. */
export function startServing(args: readonly string[], log: ServerOutput, setup: ServerSetup): Running {
  const { process, preload, env, wrap } = setup;
  return process || preload || env || wrap ? serveProcess(args, log, setup) : serveHere(args, log);
}

/** Runs a server in this process. */
function serveHere(args: readonly string[], log: ServerOutput): Running {
  const { promise, resolve } = Promise.withResolvers<string>();
  const onText = (stream: string, text: string) => stream === "stdout" ? resolve(text) : log.add(text);
  const terminal = new FakeTerminal({ env: environment(), onText });
  const ended = main(args, terminal);
  return { announced: promise, ended, child: undefined, signal: (signal) => terminal.signal(signal) };
}

/** Runs a server in a process of its own. */
function serveProcess(args: readonly string[], log: ServerOutput, { preload, env = {}, wrap }: ServerSetup): Running {
  const piped: Deno.CommandOptions = { stdin: "null", stdout: "piped", stderr: "piped", env };
  const child = ftpCommand(args, piped, preload === undefined ? [] : [preload], wrap).spawn();
  const logged = logOf(child.stderr, log);
  const signal = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself already.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  return {
    announced: firstLineOf(child.stdout),
    ended: logged.then(async () => (await child.status).code),
    child,
    signal,
  };
}

async function logOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, log: ServerOutput): Promise<void> {
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) log.add(piece);
}

async function firstLineOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let first = "";
  while (!first.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    first += value;
  }
  void reader.cancel();
  return first;
}
