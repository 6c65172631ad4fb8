/** What the log says of one request, and what its client hears of a failure. */
import type { CommandRow } from "../../protocol/message/commands.ts";
import { path } from "../../protocol/message/fields.ts";
import type { Header } from "../../protocol/message/header.ts";
import { StatusError } from "../../protocol/status.ts";
import { busyFailure } from "../../users/database.ts";
import type { Log, LogFields } from "../log/log.ts";
import type { SessionFacts } from "../sessions/session.ts";
import type { Doubt } from "../storage/doubt.ts";
import type { Exchange } from "./exchange.ts";
import type { RawRequest } from "./request.ts";

/** The log of one request. */
export class RequestLog {
  readonly #log: Log;
  readonly #request: RawRequest;
  readonly #row: CommandRow | undefined;
  readonly #base: LogFields;
  readonly #started = performance.now();

  /** @param about `row`: `undefined` for a command that is not known */
  constructor(log: Log, about: { request: RawRequest; row: CommandRow | undefined; facts: SessionFacts }) {
    this.#log = log;
    this.#request = about.request;
    this.#row = about.row;
    const { session, user } = about.facts;
    this.#base = { session, user, command: about.request.command };
  }

  /** The one line that says how it went. */
  end(reply: Header, exchange: Pick<Exchange, "isResumed" | "moved">): void {
    this.#log.info(this.#row?.kind === "transferring" ? "transfer" : "command", {
      ...this.#base,
      ...this.#paths,
      ...this.#extentOf(reply, exchange),
      files: reply.files as number | undefined,
      sha256: reply.sha256 as string | undefined,
      message: reply.message as string | undefined,
      ms: Math.round(performance.now() - this.#started),
    });
  }

  /** What was done, and may not last. */
  doubt({ sentence, cause }: Doubt): void {
    const text = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
    this.#log.warn("doubt", { ...this.#base, ...this.#paths, message: sentence, cause: text });
  }

  /** A failure as the client hears it: one of ours as it is, anything else as a blank 500 with a log id. */
  toReply(error: unknown): StatusError {
    if (error instanceof SuppressedError) {
      // What went wrong first is what the client asks about; that cleaning up failed as well is for the log.
      this.#log.failure("failure", error.error, this.#base);
      return this.toReply(error.suppressed);
    }
    const busy = busyFailure(error);
    if (busy) return busy;
    if (error instanceof StatusError && error.code !== 500) return error;
    const id = this.#log.failure("failure", error instanceof StatusError ? error.cause ?? error : error, this.#base);
    const sentence = error instanceof StatusError ? error.message : "The server failed";
    return new StatusError(500, `${sentence} (log id ${id})`, { details: { log: id } });
  }

  /** How it ended and how much it was. Of a single file: its size, and the bytes that moved, fewer after 205. */
  #extentOf(reply: Header, { isResumed, moved }: Pick<Exchange, "isResumed" | "moved">): LogFields {
    const isFile = this.#row?.kind === "transferring" && !("bytes" in this.#row.reply);
    return {
      code: (reply.code === 201 && isResumed ? 205 : reply.code) as number,
      size: reply.size as number | undefined,
      bytes: isFile ? moved : reply.bytes as number | undefined,
    };
  }

  /** The paths of the request as the client wrote them, and nothing else that a client may have put there. */
  get #paths(): LogFields {
    const paths: Record<string, string> = {};
    for (const [name, field] of Object.entries(this.#row?.request ?? {})) {
      const value = this.#request.fields[name];
      if (field === path && typeof value === "string") paths[name] = value.slice(0, 4_096);
    }
    return paths;
  }
}
