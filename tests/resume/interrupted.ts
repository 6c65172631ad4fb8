/** The program run beside a test, and a run that is interrupted in its middle. */
import { ftpCommand, type Ran } from "../run_ftp.ts";
import { PASSWORD } from "../harness.ts";
import { type Bench, until } from "./kit.ts";

/** Starts the program; `REMOTE:` in its arguments is the server, through the proxy. */
export function spawn(bench: Bench, args: readonly string[]): Deno.ChildProcess {
  const remote = `alice@${bench.proxy.address}:`;
  const all = [...args.map((arg) => arg.replace("REMOTE:", remote)), ...bench.server.clientArgs()];
  return ftpCommand(all, { stdin: "null", stdout: "piped", stderr: "piped", env: { FTP_PASSWORD: PASSWORD } }).spawn();
}

/** Runs the program and interrupts it as soon as something is so. */
export async function interrupted(bench: Bench, args: readonly string[], when: () => boolean): Promise<Ran> {
  const child = spawn(bench, args);
  await until("it is in the middle", when);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
