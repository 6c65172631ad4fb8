/** Programs that the bench runs to their end. */

/** One call of a program. */
export interface Job {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const SHOWN_CHARACTERS = 300;

/**
 * Runs a program and waits for its end.
 *
 * @returns what it wrote to stdout
 * @throws {Error} with the end of its stderr when it fails
 */
export async function run({ argv, env = {}, stdin }: Job, signal?: AbortSignal): Promise<string> {
  const [program, ...args] = argv;
  const child = new Deno.Command(program!, {
    args,
    env: { ...env, LC_ALL: "C.UTF-8" },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...signal && { signal },
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A program that does not read its stdin says why on stderr.
    await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  signal?.throwIfAborted();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  const words = decoder.decode(stderr).trim().replaceAll(/\s+/g, " ").slice(-SHOWN_CHARACTERS);
  throw new Error(`${baseOf(program!)} ended with ${code}: ${words}`);
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Finds a program: where the environment says (`VSFTPD=…`), in `PATH`, or where daemons are.
 *
 * @returns its path, `undefined` when it is not installed
 */
export function findProgram(name: string): string | undefined {
  const given = Deno.env.get(name.toUpperCase());
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  const places = given ? [given] : folders.filter(Boolean).map((folder) => `${folder}/${name}`);
  return places.find((place) => {
    try {
      return Deno.statSync(place).isFile;
    } catch {
      return false;
    }
  });
}

/** The first line that a program says about its version; `unknown` when it says none. */
export async function versionOf(...argv: string[]): Promise<string> {
  // Some say it on stderr, vsftpd on its stdin.
  const job = { argv: ["sh", "-c", 'exec "$@" 0>&1 2>&1', "sh", ...argv] };
  const said = await run(job).catch(() => "");
  return said.split("\n").find((line) => line.trim() !== "")?.trim() ?? "unknown";
}

/** The name of the user who runs the bench. */
export async function userName(): Promise<string> {
  return (await run({ argv: ["id", "-un"] })).trim();
}
