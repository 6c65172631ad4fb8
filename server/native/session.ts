/** One connection of the native door from its first byte to its end. */
import { fullLimits } from "../../protocol/frame/frame.ts";
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES } from "../../protocol/limits.ts";
import { failureHeader, message, workingFrame } from "../../protocol/message/messages.ts";
import type { StatusError } from "../../protocol/status.ts";
import type { Account } from "../../users/accounts.ts";
import type { Offence, Ticket } from "../sessions/admission.ts";
import { Session, type SessionFacts } from "../sessions/session.ts";
import type { Wire } from "../sessions/wire.ts";
import type { SessionConnection } from "./connection.ts";
import { Dispatcher } from "./dispatch.ts";
import type { Door } from "./door.ts";
import { greet } from "./greeting.ts";
import { LifeSign } from "./life_sign.ts";
import { Login } from "./login.ts";
import { offencesOf } from "./offences.ts";
import { RequestLoop } from "./request_loop.ts";

/** A connection that was let in. */
export interface Arrival {
  readonly connection: SessionConnection;
  readonly ticket: Ticket;
  /** The peer's address and port. */
  readonly address: string;
}

/** A session of the native door. */
export class NativeSession implements Wire {
  readonly #door: Door;
  readonly #connection: SessionConnection;
  readonly #channel: FrameChannel;
  readonly #session: Session;
  readonly #lifeSign = new LifeSign(() => performance.now());
  #loop: RequestLoop | undefined;

  constructor(door: Door, { connection, ticket, address }: Arrival) {
    this.#door = door;
    this.#connection = connection;
    this.#channel = new FrameChannel(connection, { headerBytes: HEADER_LIMIT_BEFORE_LOGIN_BYTES, bodyBytes: 0 });
    this.#session = new Session(door.host, { wire: this, ticket, address });
  }

  /** Runs the session to its end; never throws. */
  run(): Promise<void> {
    return this.#session.run(async () => {
      await greet(this.#channel, this.#door);
      this.#session.greeted();
      const loop = await this.#login();
      await loop.run();
    });
  }

  get isBusy(): boolean {
    return this.#loop?.isBusy ?? false;
  }

  get received(): number {
    return this.#loop?.active?.received ?? 0;
  }

  get sent(): number {
    return this.#channel.sent;
  }

  get hasSpoken(): boolean {
    return this.#channel.received > 0;
  }

  offencesOf(error: unknown): Offence[] {
    return offencesOf(error);
  }

  /** A request that takes long here, such as the digest of a large file, must not look like a dead server. */
  showLife(): void {
    const { active, isBlind = false } = this.#loop ?? {};
    const isDue = this.#lifeSign.isDue({ isBusy: active !== undefined, sent: this.#channel.sent, isBlind });
    if (isDue && active) {
      this.#channel.send(workingFrame(active.id, active.done)).catch(() => this.#session.close("connection lost"));
    }
  }

  async sendFailure(failure: StatusError): Promise<void> {
    await this.#channel.send(message(failureHeader(undefined, failure)));
  }

  async finish(): Promise<void> {
    await this.#channel.finish();
    await this.#connection.closeWrite();
  }

  end(): void {
    this.#loop?.stop();
    this.#connection.close();
  }

  async #login(): Promise<RequestLoop> {
    const { account, id, scram } = await new Login(this.#channel, { door: this.#door, session: this.#session }).run();
    const facts = this.#session.loggedIn(account);
    const loop = this.#loop = this.#loopFor(account, { facts, lastId: id });
    Object.assign(this.#channel.limits, fullLimits());
    const { user, session } = facts;
    await this.#channel.send(message({ type: "reply", id, code: 200, message: "Authenticated", scram, user, session }));
    return loop;
  }

  #loopFor(account: Account, { facts, lastId }: { facts: SessionFacts; lastId: number }): RequestLoop {
    const { commands, host: { log } } = this.#door;
    const home = this.#door.openHome(account, (amount) => this.#loop?.active?.worked(amount));
    const session = this.#session;
    const dispatcher = new Dispatcher(commands, { session, facts, home, log });
    return new RequestLoop(this.#channel, { session, dispatcher, lastId });
  }
}
