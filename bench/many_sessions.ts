/** Many `ftp get` in one program: DIR COUNT ARGUMENTS… runs the one-shot COUNT times at once, into DIR/0, DIR/1, … */
import { join } from "@std/path";
import { get } from "../client/one_shots.ts";
import { parseInvocation } from "../console/command_line.ts";
import { processTerminal } from "../console/process_terminal.ts";

if (import.meta.main) {
  const [folder, count, ...args] = Deno.args;
  // Nobody looks.
  const terminal = { ...processTerminal([], Deno.exit), isInteractive: false, isScreen: false, write() {} };
  await Promise.all(Array.from({ length: Number(count) }, async (_, index) => {
    const status = await get.run(parseInvocation(get, [...args, join(folder!, String(index))], terminal));
    if (status !== 0) throw new Error(`One of them ended with ${status}`);
  }));
  Deno.exit(0);
}
