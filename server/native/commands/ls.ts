/** `ls`: the server sends the entries of the folder by name, one JSON object a line, in data frames, then the reply. */
import type { Command } from "../command.ts";
import { sendLines } from "../send_lines.ts";

/** See `PROTOCOL.md`, "ls". */
export const ls: Command<"ls"> = {
  access: "read",
  async run({ path }, { home, exchange }) {
    let entries = 0;
    let skipped = 0;
    for (const page of home.list(path)) {
      entries += page.entries.length;
      skipped += page.skipped;
      await sendLines(exchange, page.entries);
    }
    return { code: 201, entries, skipped };
  },
};
