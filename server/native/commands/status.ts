/** `status`: who is logged in, from where, since when, and in how many sessions. */
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "status". */
export const status: Command<"status"> = {
  run(_request, { facts: { user, session, address, since, sessions } }) {
    return { code: 201, user, session, address, since, sessions: sessions() };
  },
};
