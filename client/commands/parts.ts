/** The command on interrupted uploads: `parts`. */
import type { PartEntry } from "../../protocol/message/commands.ts";
import { formatSize } from "../../console/size.ts";
import { UsageError } from "../../console/exit_status.ts";
import { quote } from "../../protocol/text.ts";
import { listParts } from "../connection/list_remote.ts";
import { type ShellCommand, shellUsage } from "./command.ts";
import { formatTime } from "./look.ts";

export const parts: ShellCommand = {
  name: "parts",
  usage: "[rm ID…]",
  summary: "lists uploads that were interrupted and wait to be continued; rm: forgets some",
  arity: [0, Infinity],
  completes: "nothing",
  async run({ words }, shell) {
    const [action, ...ids] = words.map(({ text }) => text);
    if (action === undefined) {
      const waiting = await shell.link.run(listParts);
      if (waiting.length === 0) shell.reporter.note("No interrupted uploads");
      return shell.reporter.lines(waiting.map((entry) => ({ text: partLine(entry), record: { ...entry } })));
    }
    if (action !== "rm") throw new UsageError(`Unexpected argument ${quote(action)}; usage: ${shellUsage(parts)}`);
    if (ids.length === 0) throw new UsageError(`An ID is missing; usage: ${shellUsage(parts)}`);
    for (const part of ids) {
      await shell.call("drop", { part });
      shell.reporter.done(`Forgot ${part}`, { command: "parts", part });
    }
  },
};

function partLine({ part, path, size, offset, updated, running }: PartEntry): string {
  const state = running ? "running" : `waiting since ${formatTime(updated)} UTC`;
  return `${part}  ${formatSize(offset)} of ${formatSize(size)}  ${state}  ${path}`;
}
