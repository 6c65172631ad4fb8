/** `quota`: the server answers with the bytes used, reserved by running uploads, and allowed. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "quota". */
export const quota: Command<"quota"> = {
  run: (_request, { home }) => ({ code: 201, ...home.usage() }),
};
