/**
 * Runs of the real program: in this process, with real sockets and a real disk, unless a test needs a process of its own, to
 * kill it or to look at its streams or permissions.
 */
import { fromFileUrl } from "@std/path";
import { main } from "../main.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { stateEnvironment } from "./harness.ts";

const MAIN = fromFileUrl(new URL("../main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../deno.json", import.meta.url));

/** How a run of the program ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `deno task ftp` runs the program: what a test runs may do no more than a user's run, and has no other memory. */
const RUN_OPTIONS: readonly string[] = JSON.parse(Deno.readTextFileSync(CONFIG)).tasks.ftp
  .split(" ").filter((word: string) => /^--(?:allow|no-prompt|v8-flags)/.test(word));

/** The arguments of Deno for a call of the program as `deno task ftp` makes it. */
export function ftpArguments(args: readonly string[], preload: readonly string[] = []): string[] {
  const first = preload.flatMap((module) => ["--preload", module]);
  return ["run", "--quiet", "--config", CONFIG, ...first, ...RUN_OPTIONS, MAIN, ...args];
}

/** Words before a program that take from the superuser the right to read everything; nobody else has it. */
export const WITHOUT_RIGHTS: readonly string[] = Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
  : [];

/** Colours and the caller's own settings must not decide a test. */
const OWN_ENVIRONMENT = { NO_COLOR: "1", FTP_ROOT: "" } as const;

/** A call of the program; `wrap`: words before it. */
export function ftpCommand(
  args: readonly string[],
  options: Deno.CommandOptions = {},
  preload: readonly string[] = [],
  wrap: readonly string[] = [],
): Deno.Command {
  const [program, ...before] = [...wrap, Deno.execPath()];
  return new Deno.Command(program!, {
    args: [...before, ...ftpArguments(args, preload)],
    ...options,
    env: { ...OWN_ENVIRONMENT, ...stateEnvironment(), ...options.env },
  });
}

/** How a run of the program is set up. */
export interface RunSetup {
  readonly stdin?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It runs in a process of its own. */
  readonly process?: boolean;
  /** Words before the program, which then has a process of its own. */
  readonly wrap?: readonly string[];
}

/** Runs the program to its end. */
export async function runFtp(args: readonly string[], setup: RunSetup = {}): Promise<Ran> {
  if (setup.process || setup.wrap) return await runProcess(args, setup);
  const { stdin = "", env, cwd } = setup;
  const terminal = new FakeTerminal({ stdin, env: environment(env), ...cwd === undefined ? {} : { cwd } });
  const code = await main(args, terminal);
  return { code, stdout: terminal.written, stderr: terminal.stderr };
}

/** The environment of a run in this process, as a process of its own would have it. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...Deno.env.toObject(), ...OWN_ENVIRONMENT, ...stateEnvironment(), ...env };
}

async function runProcess(args: readonly string[], { stdin = "", env = {}, cwd, wrap = [] }: RunSetup): Promise<Ran> {
  const options: Deno.CommandOptions = { stdin: "piped", stdout: "piped", stderr: "piped", env };
  const child = ftpCommand(args, cwd === undefined ? options : { ...options, cwd }, [], wrap).spawn();
  const writer = child.stdin.getWriter();
  // A program that does not read its stdin closes it: that is its right.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
