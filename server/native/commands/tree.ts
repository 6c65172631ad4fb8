/** `tree`: the server sends everything below the folder, one JSON object a line, in data frames, then the reply. */
import { LISTING_PAGE_ENTRIES } from "../../../protocol/limits.ts";
import type { Command } from "../command.ts";
import { noteLine, sendLines } from "../send_lines.ts";

/** See `PROTOCOL.md`, "tree". */
export const tree: Command<"tree"> = {
  async run({ path, checksum = false }, { home, exchange, report }) {
    let entries = 0;
    let notes = 0;
    for await (const page of home.tree(path, { checksum })) {
      entries += page.entries.length;
      notes += page.notes.length;
      const lines = [...page.entries, ...page.notes.map((note) => noteLine(note, report))];
      // A page that is not full is the last one.
      await sendLines(exchange, lines, { isLast: lines.length < LISTING_PAGE_ENTRIES });
    }
    return { code: 201, entries, notes };
  },
};
