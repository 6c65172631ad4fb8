/** `parts`: the server sends the user's unfinished uploads, one JSON object a line, in data frames, then the reply. */
import type { PartEntry } from "../../../protocol/message/commands.ts";
import type { Command } from "../command.ts";
import { sendLines } from "../send_lines.ts";

/** See `PROTOCOL.md`, "parts". */
export const parts: Command<"parts"> = {
  async run(_request, { home, exchange }) {
    const entries = home.parts().map(({ id, path, bytes, offset, updated, isRunning }): PartEntry => ({
      part: id,
      path,
      size: bytes,
      offset,
      updated,
      running: isRunning,
    }));
    await sendLines(exchange, entries, { isLast: true });
    return { code: 201, entries: entries.length };
  },
};
