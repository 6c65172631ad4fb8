/** What a command is, and the one gate before all of them. */
import type { Access, CommandName, Reply, Request } from "../../protocol/message/commands.ts";
import { type StatusCode, StatusError } from "../../protocol/status.ts";
import type { Doubt } from "../storage/durable.ts";
import type { Home } from "../storage/home.ts";
import type { Exchange } from "./exchange.ts";

/** What a session tells of itself. Times in ms since 1970. */
export interface SessionFacts {
  readonly user: string;
  readonly session: string;
  readonly address: string;
  readonly since: number;
  /** How many sessions the user has open. */
  sessions(): number;
  /** How many sessions the server has open. */
  allSessions(): number;
}

/** What a command works with. */
export interface CommandContext<K extends CommandName> {
  readonly home: Home;
  readonly facts: SessionFacts;
  readonly exchange: Exchange<K>;
  /** The request's body; empty unless the command takes one. */
  readonly body: Uint8Array;
  /** What the client hears of a failure that does not end the request; an unknown one is logged. */
  report(error: unknown): StatusError;
}

/** What a command answers: a code and its reply's fields; with `doubt`, it is done and not all is well. */
export type Answer<K extends CommandName> =
  & { readonly code: StatusCode; readonly doubt?: Doubt | undefined }
  & Omit<Reply<K>, "warning">;

/** One command. Failures are thrown. */
export interface Command<K extends CommandName> {
  run(request: Request<K>, context: CommandContext<K>): Promise<Answer<K>> | Answer<K>;
}

/**
 * The only place where a command is allowed or refused.
 *
 * @throws {StatusError} 400 when the account is gone or has changed, 503 when the server is about to stop
 */
export function permit(access: Access, session: { hasAccount: boolean; isDraining: boolean }): void {
  if (!session.hasAccount) throw new StatusError(400, "The account was removed or its password changed");
  if (access !== "session" && session.isDraining) throw new StatusError(503, "The server is shutting down");
}
