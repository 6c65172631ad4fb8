/** A run of the program that is interrupted in its middle. */
import { ftpCommand, PASSWORD, type Ran } from "../harness.ts";
import { type Bench, until } from "./kit.ts";

/** Runs the program and interrupts it as soon as something is so; `REMOTE:` in its arguments is the server. */
export async function interrupted(bench: Bench, args: readonly string[], when: () => boolean): Promise<Ran> {
  const remote = `alice@${bench.server.address}:`;
  const all = [...args.map((arg) => arg.replace("REMOTE:", remote)), ...bench.server.clientArgs()];
  const options: Deno.CommandOptions = { stdin: "null", stdout: "piped", stderr: "piped" };
  const child = ftpCommand(all, { ...options, env: { FTP_PASSWORD: PASSWORD } }).spawn();
  await until("it is in the middle", when);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
