/** Many `ftp get` in one program: DIR COUNT ARGUMENTS… runs the one-shot COUNT times at once, into DIR/0, DIR/1, … */
import { join } from "@std/path";
import { get } from "../client/one_shots.ts";
import { parseInvocation } from "../console/command_line.ts";
import type { Terminal } from "../console/terminal.ts";

/** Nobody looks. */
const terminal: Terminal = {
  isInteractive: false,
  isScreen: false,
  hasColor: false,
  columns: () => 80,
  rows: () => 24,
  write() {},
  warn: (line) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`)) > 0,
  writeSome: (stream, bytes) => Deno[stream].write(bytes),
  askSecret: () => Promise.resolve(null),
  async *lines() {},
  env: (name) => Deno.env.get(name),
  os: Deno.build.os,
};

if (import.meta.main) {
  const [folder, count, ...args] = Deno.args;
  await Promise.all(Array.from({ length: Number(count) }, async (_, index) => {
    const status = await get.run(parseInvocation(get, [...args, join(folder!, String(index))], terminal));
    if (status !== 0) throw new Error(`One of them ended with ${status}`);
  }));
  Deno.exit(0);
}
