/** Opens a session, lends it to some work as a shell, and closes it. */
import type { Invocation } from "../console/command_line.ts";
import type { Terminal } from "../console/terminal.ts";
import { EXIT } from "../console/exit_status.ts";
import { StatusError } from "../protocol/status.ts";
import { type Address, formatServer } from "./connection/address.ts";
import { Interrupts } from "./shell/interrupts.ts";
import { Link } from "./connection/link.ts";
import { rateOf, sessionOptions } from "./options.ts";
import { RateLimit } from "./transfer/rate_limit.ts";
import { openSession } from "./connection/session.ts";
import type { ProgressLine } from "./progress/view.ts";
import { Reporter } from "./commands/reporter.ts";
import { Shell } from "./commands/shell.ts";

/** How work hears of Ctrl-C and of other signals. */
export interface Stops {
  readonly interrupts: Interrupts;
  /** Resolves at the first signal, for who waits for something else than the server. */
  readonly stopped: Promise<void>;
}

/** Runs `work` with a shell; resolves to the exit status. Failures to connect are thrown, those of `work` reported. */
export async function withShell(
  invocation: Invocation,
  address: Address,
  work: (shell: Shell, stops: Stops) => Promise<void>,
): Promise<number> {
  const { options, terminal } = invocation;
  const limit = new RateLimit(rateOf(invocation));
  const reporter = new Reporter({
    terminal,
    json: options.has("json"),
    quiet: options.has("quiet"),
    progress: await progressFor(invocation),
  });
  const retries = options.number("retries", { least: 0, most: 1_000_000 });
  const connection = await sessionOptions(invocation, address);
  if (!connection.dial.tls) terminal.warn("ftp: warning: this connection is not encrypted (--no-tls)");
  const trace = options.has("verbose") ? (line: string) => reporter.aside(line) : undefined;
  const wanted = { ...connection, dial: { ...connection.dial, trace } };
  using signals = new Signals(terminal);
  const opening = openSession(wanted, (error) => terminal.warn(`ftp: 400 ${error.message}, try again`));
  const session = await Promise.race([opening, signals.stopped.then(() => stoppedAt(wanted.dial))]);
  const link = new Link(session, {
    retries,
    onLost: (reason) => reporter.aside(`${reason.message}; reconnecting`),
    onBack: ({ remote }) => reporter.aside(`Connected to ${remote.server} again`),
  });
  signals.onStop = () => link.stop();
  const shell = new Shell(link, { reporter, limit, localCwd: terminal.cwd() });
  using _temps = shell.temps;
  // A person sees what fails; a script has to say that it may.
  shell.keepsGoing = isPrompted(invocation) || options.has("keep-going");
  const { interrupts, stopped, left } = signals;
  try {
    await Promise.race([work(shell, { interrupts, stopped }), left]);
  } catch (error) {
    reporter.failure(error);
  } finally {
    // A program that leaves in a hurry waits for no last words to be taken.
    if (!signals.isLeaving) await link.session.remote.close();
    else link.session.remote.abort();
  }
  if (signals.isLeaving) {
    reporter.failure(new StatusError(206, `Left ${session.remote.server} before what ran had stopped`));
  }
  return interrupts.happened ? EXIT.interrupted : reporter.status;
}

/** What the signals of this process have asked for. */
class Signals implements Disposable {
  readonly interrupts: Interrupts;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  /** Stops what runs. */
  onStop: () => void = () => {};
  /** Whether nothing is waited for any more. */
  isLeaving = false;

  constructor(terminal: Terminal) {
    this.interrupts = new Interrupts(terminal, {
      stop: () => {
        this.onStop();
        this.#stopped.resolve();
      },
      leave: () => {
        this.isLeaving = true;
        this.#left.resolve();
      },
      now: () => performance.now(),
    });
  }

  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get left(): Promise<void> {
    return this.#left.promise;
  }

  [Symbol.dispose](): void {
    this.interrupts[Symbol.dispose]();
  }
}

function stoppedAt({ host, port }: { host: string; port: number }): never {
  throw new StatusError(206, `Stopped before there was a session with ${formatServer(host, port)}`);
}

/** What draws progress: nothing where nobody would see it. */
async function progressFor({ options, terminal }: Invocation): Promise<ProgressLine | undefined> {
  if (!terminal.isScreen || options.has("no-progress")) return undefined;
  return (await import("./progress/bar.ts")).progressLine;
}

/** Whether a person types one line after another. */
function isPrompted({ options, terminal }: Invocation): boolean {
  return terminal.isInteractive && !options.has("command") && !options.has("batch");
}
