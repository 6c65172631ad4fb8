/** `ls`: the server sends the entries of the folder by name, one JSON object a line, in data frames, then the reply. */
import { BODY_LIMIT_BYTES } from "../../../protocol/limits.ts";
import type { Command } from "../command.ts";

const encoder = new TextEncoder();

/** See `PROTOCOL.md`, "ls". */
export const ls: Command<"ls"> = {
  access: "read",
  async run({ path }, { home, exchange }) {
    let entries = 0;
    let skipped = 0;
    for (const page of home.list(path)) {
      entries += page.entries.length;
      skipped += page.skipped;
      const body = encoder.encode(page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      // A page of 1,000 longest names in their longest spelling is over one frame: the stream of lines may be cut anywhere.
      for (let at = 0; at < body.length; at += BODY_LIMIT_BYTES) {
        await exchange.sendData(body.subarray(at, at + BODY_LIMIT_BYTES));
      }
    }
    return { code: 201, entries, skipped };
  },
};
