/** `stat`: the server answers with type, size, time and mode of what is at the path. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "stat". */
export const stat: Command<"stat"> = {
  run({ path }, { home }) {
    const { name: _name, ...entry } = home.stat(path);
    return { code: 201, path, ...entry };
  },
};
