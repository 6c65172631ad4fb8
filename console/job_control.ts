/** How this program gets on with the shell that started it: signals that end it, and Ctrl-Z. */

/** After so long without having been stopped nobody was there who would have brought us back. */
const SUSPENDED_MS = 200;

/** The signals that always ask this program to end. Windows has no SIGTERM: there Ctrl-C and Ctrl-Break have to do. */
export const END_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Whether a hangup asks it to end, too: not where it is ignored, as with `nohup`, nor on Windows, which has none. */
export async function isEndedByHangup(): Promise<boolean> {
  return Deno.build.os !== "windows" && !await isHangupIgnored();
}

/** A child inherits what is ignored, so one is asked: a listener of ours would undo it. Without leave to run one: no. */
async function isHangupIgnored(): Promise<boolean> {
  if ((await Deno.permissions.query({ name: "run", command: "/bin/sh" })).state !== "granted") return false;
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command("/bin/sh", { args: ["-c", "kill -HUP $$"], ...streams }).output()).success;
  } catch {
    // Without a shell nobody has started us by `nohup`.
    return false;
  }
}

/**
 * Whether Ctrl-Z can be obeyed. `deno task`, which sets `$INIT_CWD`, does not stop when it is asked to: a shell that
 * waits for it would never take the terminal back. `npx` in between stops for it. Windows knows no such thing.
 */
export function canSuspend(): boolean {
  const isTask = Boolean(variable("INIT_CWD"));
  return Deno.build.os !== "windows" && (!isTask || variable("npm_command") === "exec");
}

/** What others have set for their own use: where it is not UTF-8, it is set all the same. */
function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return "not UTF-8";
    throw error;
  }
}

/** Where Ctrl-Z cannot be obeyed it does nothing. */
export function ignoreVainSuspends(): void {
  if (Deno.build.os !== "windows" && !canSuspend()) Deno.addSignalListener("SIGTSTP", () => {});
}

/** Stops the whole job, as the terminal itself does at Ctrl-Z; resolves when it runs again. */
export async function suspend(): Promise<void> {
  if (!canSuspend()) return;
  Deno.kill(0, "SIGTSTP");
  // A job that no shell looks after is not stopped at all.
  await new Promise((resolve) => setTimeout(resolve, SUSPENDED_MS));
}
