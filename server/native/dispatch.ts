/** From a request to its reply: find the command, pass the gate, check the fields, run it. */
import { type CommandName, type CommandRow, COMMANDS, type Request } from "../../protocol/message/commands.ts";
import { path, readFields } from "../../protocol/message/fields.ts";
import type { Header } from "../../protocol/message/header.ts";
import { failureHeader } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { escapeText } from "../../protocol/text.ts";
import { busyFailure } from "../../users/database.ts";
import type { Log, LogFields } from "../log/log.ts";
import { type Answer, type CommandContext, permit } from "./command.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import type { Exchange } from "./exchange.ts";
import type { RawRequest } from "./request.ts";

/** What dispatch is given besides the request. */
export interface DispatchOptions {
  readonly context: Omit<CommandContext<CommandName>, "report">;
  readonly gate: { hasAccount: boolean; isDraining: boolean };
  readonly log: Log;
}

/** What a command is run with. */
interface RunOptions {
  readonly context: CommandContext<CommandName>;
  readonly gate: DispatchOptions["gate"];
}

/** Answers one request; never throws. One log line says how it went. */
export async function dispatch(request: RawRequest, options: DispatchOptions): Promise<Header> {
  const started = performance.now();
  const { log, context: { facts } } = options;
  const base = { session: facts.session, user: facts.user, command: request.command };
  let reply: Header;
  try {
    const report = (error: unknown) => told(error, log, base);
    reply = await answer(request, { ...options, context: { ...options.context, report } }, base);
  } catch (error) {
    reply = failureHeader(request.id, told(error, log, base));
  }
  log.info(rowOf(request.command)?.kind === "transferring" ? "transfer" : "command", {
    ...base,
    ...pathsOf(request),
    ...extentOf(reply, request.command, options.context.exchange),
    files: reply.files as number | undefined,
    sha256: reply.sha256 as string | undefined,
    message: reply.message as string | undefined,
    ms: Math.round(performance.now() - started),
  });
  return reply;
}

/** How it ended and how much it was. Of a single file: its size, and the bytes that moved, fewer where a part was there (205). */
function extentOf(reply: Header, command: string, { isResumed, moved }: Exchange): LogFields {
  const row = rowOf(command);
  const isFile = row?.kind === "transferring" && !("bytes" in row.reply);
  return {
    code: (reply.code === 201 && isResumed ? 205 : reply.code) as number,
    size: reply.size as number | undefined,
    bytes: isFile ? moved : reply.bytes as number | undefined,
  };
}

async function answer(
  request: RawRequest,
  { context, gate, log }: DispatchOptions & Pick<RunOptions, "context">,
  base: LogFields,
): Promise<Header> {
  const name = request.command;
  if (!isCommandName(name)) throw new StatusError(401, `Unknown command "${escapeText(name.slice(0, 40))}"`);
  const { code, doubt, ...fields } = await run(name, request, { context, gate });
  // What was done is answered as done; what is not sure about it is a warning, for the user and for the operator.
  if (doubt) {
    log.warn("doubt", { ...base, ...pathsOf(request), message: doubt.sentence, cause: text(doubt.cause) });
  }
  return { ...fields, ...doubt && { warning: doubt.sentence }, type: "reply", id: request.id, code };
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.stack ?? cause.message : String(cause);
}

async function run<K extends CommandName>(
  name: K,
  request: RawRequest,
  { context, gate }: RunOptions,
): Promise<Answer<K>> {
  const row: CommandRow = COMMANDS[name];
  permit(row.access, gate);
  if (request.body.length > 0 && !row.takesBody) throw new StatusError(401, `Command "${name}" takes no body`);
  const fields = readFields(request.fields, row.request) as Request<K>;
  return await COMMAND_TABLE[name].run(fields, context as unknown as CommandContext<K>);
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function rowOf(name: string): CommandRow | undefined {
  return isCommandName(name) ? COMMANDS[name] : undefined;
}

/** The failure as the client is told it: one of ours as it is, anything else as a blank 500 with a log id. */
function told(error: unknown, log: Log, fields: LogFields): StatusError {
  if (error instanceof SuppressedError) {
    // What went wrong first is what the client asks about; that cleaning up failed as well is for the log.
    log.failure("failure", error.error, fields);
    return told(error.suppressed, log, fields);
  }
  const busy = busyFailure(error);
  if (busy) return busy;
  if (error instanceof StatusError && error.code !== 500) return error;
  const id = log.failure("failure", error instanceof StatusError ? error.cause ?? error : error, fields);
  const sentence = error instanceof StatusError ? error.message : "The server failed";
  return new StatusError(500, `${sentence} (log id ${id})`, { details: { log: id } });
}

/** The paths of a request as the client wrote them: the log shows nothing else that a client may have put there. */
function pathsOf({ command, fields }: RawRequest): LogFields {
  const paths: Record<string, string> = {};
  for (const [name, field] of Object.entries(rowOf(command)?.request ?? {})) {
    const value = fields[name];
    if (field === path && typeof value === "string") paths[name] = value.slice(0, 4_096);
  }
  return paths;
}
