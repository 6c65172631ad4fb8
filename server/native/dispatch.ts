/** From a request to its reply: find the command, pass the gate, check the fields, run it. */
import { type CommandName, type CommandRow, COMMANDS, type Request } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import type { Header } from "../../protocol/message/header.ts";
import { failureHeader } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { escapeText } from "../../protocol/text.ts";
import type { Log } from "../log/log.ts";
import type { Session, SessionFacts } from "../sessions/session.ts";
import type { Home } from "../storage/home.ts";
import type { Answer, CommandContext, CommandTable } from "./command.ts";
import type { Exchange } from "./exchange.ts";
import type { RawRequest } from "./request.ts";
import { RequestLog } from "./request_log.ts";

/** Answers the requests of one session. */
export class Dispatcher {
  readonly #commands: CommandTable;
  readonly #session: Pick<Session, "permit">;
  readonly #facts: SessionFacts;
  readonly #home: Home;
  readonly #log: Log;

  constructor(
    commands: CommandTable,
    { session, facts, home, log }: { session: Pick<Session, "permit">; facts: SessionFacts; home: Home; log: Log },
  ) {
    this.#commands = commands;
    this.#session = session;
    this.#facts = facts;
    this.#home = home;
    this.#log = log;
  }

  /** Answers one request; never throws. One log line says how it went. */
  async answer(request: RawRequest, exchange: Exchange): Promise<Header> {
    const name = request.command;
    const row: CommandRow | undefined = isCommandName(name) ? COMMANDS[name] : undefined;
    const log = new RequestLog(this.#log, { request, row, facts: this.#facts });
    let reply: Header;
    try {
      if (!isCommandName(name)) throw new StatusError(401, `Unknown command "${escapeText(name.slice(0, 40))}"`);
      const { code, doubt, ...fields } = await this.#run(name, request, {
        exchange,
        home: this.#home,
        facts: this.#facts,
        body: request.body,
        report: (error) => log.toReply(error),
      });
      // What was done is answered as done; what is not sure about it is a warning, for the user and for the operator.
      if (doubt) log.doubt(doubt);
      reply = { ...fields, ...doubt && { warning: doubt.sentence }, type: "reply", id: request.id, code };
    } catch (error) {
      reply = failureHeader(request.id, log.toReply(error));
    }
    log.end(reply, exchange);
    return reply;
  }

  async #run<K extends CommandName>(
    name: K,
    request: RawRequest,
    context: CommandContext<CommandName>,
  ): Promise<Answer<K>> {
    const row: CommandRow = COMMANDS[name];
    this.#session.permit(row.access);
    if (request.body.length > 0 && !row.takesBody) throw new StatusError(401, `Command "${name}" takes no body`);
    const fields = readFields(request.fields, row.request) as Request<K>;
    return await this.#commands[name].run(fields, context as unknown as CommandContext<K>);
  }
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
