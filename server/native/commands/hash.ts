/** `hash`: the server answers with length and SHA-256 of the file's content. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "hash". */
export const hash: Command<"hash"> = {
  async run({ path }, { home }) {
    return { code: 201, ...await home.digest(path) };
  },
};
