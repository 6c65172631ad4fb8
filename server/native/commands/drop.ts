/** `drop`: the server forgets an unfinished upload and gives back what it had reserved. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "drop". */
export const drop: Command<"drop"> = {
  run({ part }, { home }) {
    home.dropPart(part);
    return { code: 201 };
  },
};
