/** Login by SCRAM (`PROTOCOL.md`, "Login"): nothing in this file knows a file or a folder. */
import { LOGIN_COMMANDS, type LoginCommandName, type LoginRequest } from "../../protocol/message/commands.ts";
import { readFields, type Shape } from "../../protocol/message/fields.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { LOGIN_TRIES } from "../../protocol/limits.ts";
import { failureHeader, message } from "../../protocol/message/messages.ts";
import { ScramServer } from "../../protocol/login/scram.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Account } from "../../users/accounts.ts";
import { LoginRefused } from "../sessions/login_gate.ts";
import type { Session } from "../sessions/session.ts";
import type { Door } from "./door.ts";
import { readRequest } from "./request.ts";

/** A login that ended well: the account, and the answer that says so, which is still to be sent. */
export interface LoggedIn {
  readonly account: Account;
  readonly id: number;
  readonly scram: string;
}

/** The login of one connection. */
export class Login {
  readonly #channel: FrameChannel;
  readonly #door: Pick<Door, "gate" | "channelBinding">;
  readonly #session: Pick<Session, "source" | "loginFailed">;
  #lastId: number | undefined;
  /** Since when the client waits for an answer: what it took itself before that is its own time. */
  #arrived = performance.now();
  /** As whom the running try wants to log in, as far as it has said so. */
  #user: string | undefined;

  constructor(
    channel: FrameChannel,
    { door, session }: {
      door: Pick<Door, "gate" | "channelBinding">;
      session: Pick<Session, "source" | "loginFailed">;
    },
  ) {
    this.#channel = channel;
    this.#door = door;
    this.#session = session;
  }

  /**
   * Lets the client try to log in, three times at most.
   *
   * @throws {LoginRefused} after the last try; {StatusError} 401 for something malformed
   */
  async run(): Promise<LoggedIn> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#try();
      } catch (error) {
        if (!(error instanceof StatusError) || ![400, 429].includes(error.code)) throw error;
        this.#session.loginFailed(this.#user);
        await this.#door.gate.charge(this.#arrived);
        await this.#channel.send(message(failureHeader(this.#lastId, error)));
        if (tries === LOGIN_TRIES) throw new LoginRefused();
      }
    }
  }

  async #try(): Promise<LoggedIn> {
    const { gate, channelBinding } = this.#door;
    this.#arrived = performance.now();
    this.#user = undefined;
    const auth = await this.#receive("auth");
    const scram = new ScramServer(auth.mechanism, auth.scram, { binding: channelBinding });
    this.#user = scram.user.toLowerCase();
    const login = gate.begin(this.#user, this.#session.source);
    await this.#channel.send(
      message({ type: "reply", id: auth.id, code: 201, scram: scram.challenge(login.verifier) }),
    );
    const proof = await this.#receive("proof");
    gate.checkWait(login);
    const signature = scram.verify(proof.scram, login.verifier);
    const account = gate.settle(login, { isProved: signature !== undefined });
    return { account, id: proof.id, scram: signature! };
  }

  /** The next login command. Anything else before login is refused with 400 and costs a try. */
  async #receive<K extends LoginCommandName>(command: K): Promise<LoginRequest<K> & { readonly id: number }> {
    const frame = await this.#channel.receive();
    if (!frame) throw new Error("left before login");
    const request = readRequest(frame);
    if (this.#lastId !== undefined && request.id <= this.#lastId) {
      throw new StatusError(401, "Request ids must increase");
    }
    this.#lastId = request.id;
    this.#arrived = performance.now();
    if (request.command !== command) throw new StatusError(400, "Log in first");
    const shape: Shape = LOGIN_COMMANDS[command].request;
    return { ...readFields(request.fields, shape) as LoginRequest<K>, id: request.id };
  }
}
