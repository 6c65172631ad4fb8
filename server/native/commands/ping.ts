/** `ping`: the server answers at once, so that the client can time it and knows that it is there. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "ping". */
export const ping: Command<"ping"> = {
  run: () => ({ code: 201 }),
};
