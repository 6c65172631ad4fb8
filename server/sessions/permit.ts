/** The one gate that every request of every door has to pass. */
import type { Access } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";

/**
 * The only place where a request is allowed or refused.
 *
 * @throws {StatusError} 400 when the account is gone or has changed, 503 when the server is about to stop
 */
export function permit(access: Access, session: { hasAccount: boolean; isDraining: boolean }): void {
  if (!session.hasAccount) throw new StatusError(400, "The account was removed or its password changed");
  if (access !== "session" && session.isDraining) throw new StatusError(503, "The server is shutting down");
}
