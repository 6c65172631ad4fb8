/** Opens a session, lends it to some work as a shell, and closes it. */
import type { Invocation } from "../protocol/command_line.ts";
import { EXIT } from "../protocol/status.ts";
import type { Address } from "./address.ts";
import { Interrupts } from "./interrupts.ts";
import { Link } from "./link.ts";
import { rateOf, sessionOptions } from "./options.ts";
import { RateLimit } from "./rate_limit.ts";
import { openSession } from "./session.ts";
import type { ProgressLine } from "./progress/view.ts";
import { Reporter } from "./shell/reporter.ts";
import { Shell } from "./shell/shell.ts";

/** How work hears of Ctrl-C. */
export interface Stops {
  readonly interrupts: Interrupts;
  /** Resolves at the first Ctrl-C, for who waits for something else than the server. */
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
  const session = await openSession(wanted, (error) => terminal.warn(`ftp: 400 ${error.message}, try again`));
  const link = new Link(session, {
    retries,
    onLost: (reason) => reporter.aside(`${reason.message}; reconnecting`),
    onBack: ({ remote }) => reporter.aside(`Connected to ${remote.server} again`),
  });
  const shell = new Shell(link, { reporter, limit, localCwd: Deno.cwd() });
  using _temps = shell.temps;
  // A person sees what fails; a script has to say that it may.
  shell.keepsGoing = isPrompted(invocation) || options.has("keep-going");
  const left = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  let leftWith: number | undefined;
  using interrupts = new Interrupts(
    () => {
      link.stop();
      stopped.resolve();
    },
    (status) => {
      leftWith = status;
      left.resolve();
    },
  );
  try {
    await Promise.race([work(shell, { interrupts, stopped: stopped.promise }), left.promise]);
  } catch (error) {
    reporter.failure(error);
  } finally {
    // Who leaves in a hurry waits for no last words to be taken.
    if (leftWith === undefined) await link.session.remote.close();
    else link.session.remote.abort();
  }
  if (interrupts.happened) leftWith ??= EXIT.interrupted;
  return leftWith ?? reporter.status;
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
