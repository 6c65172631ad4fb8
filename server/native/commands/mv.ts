/** `mv`: the server gives the file or folder its new path, where nothing may be yet. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "mv". */
export const mv: Command<"mv"> = {
  async run({ from, to }, { home }) {
    return { code: 201, doubt: await home.move(from, to) };
  },
};
