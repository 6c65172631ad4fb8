/** `ls`: the server sends the entries of the folder by name, one JSON object a line, in data frames, then the reply. */
import { LISTING_PAGE_ENTRIES } from "../../../protocol/limits.ts";
import type { Command } from "../command.ts";
import { noteLine, sendLines } from "../send_lines.ts";

/** See `PROTOCOL.md`, "ls". */
export const ls: Command<"ls"> = {
  async run({ path }, { home, exchange, report }) {
    let entries = 0;
    let skipped = 0;
    for (const page of home.list(path)) {
      entries += page.entries.length;
      skipped += page.skipped;
      const lines = [...page.entries, ...page.failures.map((failure) => noteLine(failure, report))];
      // A page that is not full is the last one.
      await sendLines(exchange, lines, { isLast: lines.length + page.skipped < LISTING_PAGE_ENTRIES });
    }
    return { code: 201, entries, skipped };
  },
};
