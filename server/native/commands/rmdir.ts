/** `rmdir`: the server removes the folder, which must be empty. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "rmdir". */
export const rmdir: Command<"rmdir"> = {
  async run({ path }, { home }) {
    return { code: 201, doubt: await home.removeFolder(path) };
  },
};
