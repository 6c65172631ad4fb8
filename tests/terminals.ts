/** Runs the program on a real terminal: `script` of util-linux lends one. */
import { ftpArguments } from "./run_ftp.ts";
import { stateEnvironment } from "./harness.ts";

const SCRIPT = "/usr/bin/script";

/** Whether this machine can lend a terminal. */
export const hasTerminals = Deno.build.os === "linux" && isThere(SCRIPT);

/** Keys, and the words on the screen that they wait for; none: they are typed ahead. */
export type Typing = readonly [words: string, keys: string];

/** Runs a shell command on a terminal; returns what is on the screen. */
export async function onTerminal(
  command: string,
  typing: readonly Typing[],
  { cwd, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = new Deno.Command(SCRIPT, {
    args: ["--quiet", "--command", command, "/dev/null"],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...stateEnvironment(), NO_COLOR: "1", SHELL: "/bin/sh", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const waiting = [...typing];
  let shown = "";
  const typeWhatIsDue = async () => {
    if (waiting.length === 0) return;
    while (waiting[0] && shown.includes(waiting[0][0])) {
      await writer.write(new TextEncoder().encode(waiting.shift()![1]));
    }
    // At its end `script` types Ctrl-D: a shell that has lost `quit` ends all the same.
    if (waiting.length === 0) await writer.close();
  };
  await typeWhatIsDue();
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    await typeWhatIsDue();
  }
  if (waiting.length > 0) await writer.close();
  await child.status;
  return shown;
}

/** A call of the program as a shell takes it. */
export function shellCall(args: readonly string[]): string {
  return [Deno.execPath(), ...ftpArguments(args)].map((word) => `'${word}'`).join(" ");
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
