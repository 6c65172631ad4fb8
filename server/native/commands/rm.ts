/** `rm`: the server removes the file, or with `recursive` the folder and all in it, and says how much went. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "rm". */
export const rm: Command<"rm"> = {
  async run({ path, recursive = false }, { home }) {
    return { code: 201, ...await home.remove(path, { recursive }) };
  },
};
