/** `mkdir`: the server makes the folder; with `parents` also those above it, and a folder that is there is no failure. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "mkdir". */
export const mkdir: Command<"mkdir"> = {
  async run({ path, parents = false }, { home }) {
    return { code: 201, doubt: await home.makeFolder(path, { parents }) };
  },
};
