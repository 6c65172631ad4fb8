/** `parts`: the server sends the user's unfinished uploads, one JSON object a line, in data frames, then the reply. */
import type { Command } from "../command.ts";

const encoder = new TextEncoder();

/** See `PROTOCOL.md`, "parts". */
export const parts: Command<"parts"> = {
  access: "read",
  async run(_request, { home, exchange }) {
    const entries = home.parts();
    for (const entry of entries) await exchange.sendData(encoder.encode(`${JSON.stringify(entry)}\n`));
    return { code: 201, entries: entries.length };
  },
};
