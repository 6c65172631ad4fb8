/** One connection from its first byte to its end. */
import { fullLimits } from "../../protocol/frame/frame.ts";
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES } from "../../protocol/limits.ts";
import { failureHeader, message, workingFrame } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Account } from "../../users/accounts.ts";
import type { Ticket } from "../sessions/admission.ts";
import type { SessionConnection } from "./connection.ts";
import type { Door } from "./door.ts";
import { greet } from "./greeting.ts";
import { LifeSign } from "./life_sign.ts";
import { login } from "./login.ts";
import { offencesOf } from "./offences.ts";
import { PeerClock } from "../sessions/peer_clock.ts";
import { RequestLoop } from "./request_loop.ts";
import type { RegisteredSession } from "../sessions/registry.ts";

/** Where a session is. There is no way back, and `ready` is set by the last statement of a login. */
type State =
  | { readonly name: "greeting" | "login" }
  | { readonly name: "ready"; readonly account: Account; readonly loop: RequestLoop }
  | { readonly name: "closed"; readonly reason: string };

/** A session of the native door. */
export class Session implements RegisteredSession {
  readonly id = crypto.randomUUID();
  readonly #connection: SessionConnection;
  readonly #door: Door;
  readonly #ticket: Ticket;
  readonly #address: string;
  readonly #since = Date.now();
  readonly #channel: FrameChannel;
  readonly #clock: PeerClock;
  readonly #lifeSign = new LifeSign(() => performance.now());
  #isDraining = false;
  #isNews = false;
  #state: State = { name: "greeting" };

  constructor(connection: SessionConnection, options: { door: Door; ticket: Ticket; address: string }) {
    this.#connection = connection;
    this.#door = options.door;
    this.#ticket = options.ticket;
    this.#address = options.address;
    this.#channel = new FrameChannel(connection, { headerBytes: HEADER_LIMIT_BEFORE_LOGIN_BYTES, bodyBytes: 0 });
    this.#clock = new PeerClock(options.door.times, {
      now: () => performance.now(),
      received: () => this.#active?.received ?? 0,
      sent: () => this.#channel.sent,
    });
    this.#ticket.onGivenUp(() => this.close("made room for others"));
  }

  get userId(): number | undefined {
    return this.#state.name === "ready" ? this.#state.account.id : undefined;
  }

  get #active() {
    return this.#state.name === "ready" ? this.#state.loop.active : undefined;
  }

  /** Runs the session to its end; never throws. */
  async run(): Promise<void> {
    this.#door.sessions.add(this);
    let reason = "client left";
    try {
      await greet(this.#channel, this.#door);
      this.#ticket.spoke();
      this.#checkOpen();
      this.#noteStart();
      this.#state = { name: "login" };
      const loop = await this.#login();
      await loop.run();
    } catch (error) {
      reason = await this.#failed(error);
    }
    await this.#finish(reason);
  }

  close(reason: string): void {
    this.#end(reason, { isNews: true });
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#state.name !== "ready" || !this.#state.loop.isBusy) this.close("server shutting down");
  }

  checkPeer(): void {
    const reason = this.#clock.check();
    if (!reason) return this.#showLife();
    if (this.#state.name !== "ready") this.#ticket.penalise("deadline");
    this.close(reason);
  }

  checkAccount(): void {
    if (this.#state.name === "ready" && !this.#hasAccount(this.#state.account)) {
      this.close("account removed or changed");
    }
  }

  /** A request that takes long here, such as the digest of a large file, must not look like a dead server. */
  #showLife(): void {
    const active = this.#active;
    const isBlind = this.#state.name === "ready" && this.#state.loop.isBlind;
    const isDue = this.#lifeSign.isDue({ isBusy: active !== undefined, sent: this.#channel.sent, isBlind });
    if (isDue && active) {
      this.#channel.send(workingFrame(active.id, active.done)).catch(() => this.close("connection lost"));
    }
  }

  /** There is no way back: a session that was closed meanwhile stays so. */
  #checkOpen(): void {
    if (this.#state.name === "closed") throw new Error(this.#state.reason);
  }

  async #login(): Promise<RequestLoop> {
    const { account, id, scram } = await login(this.#channel, this.#door, {
      session: this.id,
      source: this.#ticket.source,
      onFailure: (user) => {
        this.#ticket.penalise("bad proof");
        this.#door.log.stranger(this.#ticket.source, "login failed", { session: this.id, user });
      },
    });
    if (this.#door.sessions.countOf(account.id) >= this.#door.maxSessionsPerUser) {
      throw new StatusError(429, `Too many sessions of one user: ${this.#door.maxSessionsPerUser} are open`);
    }
    this.#checkOpen();
    const loop = this.#loopFor(account, id);
    this.#noteLogin(account);
    this.#door.log.info("login", { session: this.id, user: account.name, address: this.#address });
    Object.assign(this.#channel.limits, fullLimits());
    this.#ticket.loggedIn();
    this.#clock.loggedIn();
    this.#state = { name: "ready", account, loop };
    await this.#channel.send(
      message({ type: "reply", id, code: 200, message: "Authenticated", scram, user: account.name, session: this.id }),
    );
    return loop;
  }

  /** A login must not fail because the time of it cannot be written down. */
  #noteLogin({ id, name }: Account): void {
    try {
      this.#door.accounts.noteLogin(id);
    } catch (error) {
      this.#door.log.failure("login time not kept", error, { session: this.id, user: name });
    }
  }

  #loopFor(account: Account, lastId: number): RequestLoop {
    const loop: RequestLoop = new RequestLoop({
      channel: this.#channel,
      clock: this.#clock,
      log: this.#door.log,
      // Not by way of the state: work that goes on when the session is closed has to hear of it.
      home: this.#door.openHome(account, (amount) => loop.active?.worked(amount)),
      facts: {
        user: account.name,
        session: this.id,
        address: this.#address,
        since: this.#since,
        sessions: () => this.#door.sessions.countOf(account.id),
        allSessions: () => this.#door.sessions.size,
      },
      lastId,
      gate: () => ({ hasAccount: this.#hasAccount(account), isDraining: this.#isDraining }),
      onRest: () => this.#isDraining && this.close("server shutting down"),
    });
    return loop;
  }

  /** Whether the account is still the one that logged in, with the password of then. */
  #hasAccount(account: Account): boolean {
    return this.#door.accounts.credentialOf(account.id) === account.credential;
  }

  /** Tells the client what was wrong, where there still is one, and returns the reason for the log. */
  async #failed(error: unknown): Promise<string> {
    if (this.#state.name === "closed") return this.#state.reason;
    const reason = error instanceof Deno.errors.UnexpectedEof
      ? "connection lost"
      : error instanceof Error
      ? error.message
      : String(error);
    const isLogin = this.#state.name === "login";
    for (const offence of offencesOf(error, { isLogin })) this.#ticket.penalise(offence);
    if (!(error instanceof StatusError) || error.cause === "told") return reason;
    try {
      await this.#clock.whileSending(() => this.#channel.send(message(failureHeader(undefined, error))));
    } catch {
      // It is gone: the log has the reason.
    }
    return reason;
  }

  async #finish(reason: string): Promise<void> {
    if (this.#state.name !== "closed") {
      // What was said last must still arrive, but nobody waits for a peer that does not read.
      await this.#clock.whileSending(() => this.#channel.finish().then(() => this.#connection.closeWrite()))
        .catch(() => {});
      this.#end(reason, { isNews: this.#channel.received > 0 });
    }
    this.#ticket.release();
    this.#door.sessions.remove(this);
  }

  /** A connection that says nothing has looked at the certificate, or is a health check: that is no session. */
  #noteStart(): void {
    if (!this.#isNews) this.#door.log.info("session start", { session: this.id, address: this.#address });
    this.#isNews = true;
  }

  #end(reason: string, { isNews }: { isNews: boolean }): void {
    const state = this.#state;
    if (state.name === "closed") return;
    if (isNews) this.#noteStart();
    const user = state.name === "ready" ? state.account.name : undefined;
    const fields = { session: this.id, user, address: this.#address, reason };
    if (isNews) this.#door.log.info("session end", fields);
    else this.#door.log.debug("session end", fields);
    this.#state = { name: "closed", reason };
    if (state.name === "ready") state.loop.stop();
    this.#connection.close();
  }
}
