/** What a command is. */
import type { CommandName, Reply, Request } from "../../protocol/message/commands.ts";
import type { StatusCode, StatusError } from "../../protocol/status.ts";
import type { SessionFacts } from "../sessions/session.ts";
import type { Doubt } from "../storage/doubt.ts";
import type { Home } from "../storage/home.ts";
import type { Exchange } from "./exchange.ts";

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

/** The commands of a session. A command that is missing is a type error. */
export type CommandTable = { readonly [K in CommandName]: Command<K> };
