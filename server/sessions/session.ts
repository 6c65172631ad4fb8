/** One session of any door: its place among all sessions, its clock, its account, and its one end. */
import { StatusError } from "../../protocol/status.ts";
import type { Access } from "../../protocol/message/commands.ts";
import type { Account } from "../../users/accounts.ts";
import type { Ticket } from "./admission.ts";
import { LoginRefused } from "./login_gate.ts";
import { PeerClock } from "./peer_clock.ts";
import { permit } from "./permit.ts";
import type { RegisteredSession } from "./registry.ts";
import type { SessionHost } from "./session_host.ts";
import { endReasonOf, SessionLog } from "./session_log.ts";
import type { Wire } from "./wire.ts";

/** What a session shows of itself. Times in ms since 1970. */
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

/** Where a session is. There is no way back. */
type State =
  | { readonly name: "greeting" | "login" }
  | { readonly name: "ready"; readonly account: Account }
  | { readonly name: "closed"; readonly reason: string };

/** What every door does for a connection that was let in. */
export class Session implements RegisteredSession {
  readonly id = crypto.randomUUID();
  readonly clock: PeerClock;
  readonly #host: SessionHost;
  readonly #wire: Wire;
  readonly #ticket: Ticket;
  readonly #log: SessionLog;
  readonly #address: string;
  readonly #since = Date.now();
  #isDraining = false;
  #state: State = { name: "greeting" };

  constructor(host: SessionHost, { wire, ticket, address }: { wire: Wire; ticket: Ticket; address: string }) {
    this.#host = host;
    this.#wire = wire;
    this.#ticket = ticket;
    this.#log = new SessionLog(host.log, { session: this.id, address });
    this.#address = address;
    this.clock = new PeerClock(host.times, {
      now: () => performance.now(),
      received: () => wire.received,
      sent: () => wire.sent,
    });
    ticket.onGivenUp(() => this.close("made room for others"));
  }

  get userId(): number | undefined {
    return this.#state.name === "ready" ? this.#state.account.id : undefined;
  }

  /** Where the peer comes from, as limits count it. */
  get source(): string {
    return this.#ticket.source;
  }

  /** Runs the door's work on this connection, and ends the session with it; never throws. */
  async run(work: () => Promise<void>): Promise<void> {
    this.#host.registry.add(this);
    let reason = "client left";
    try {
      await work();
    } catch (error) {
      reason = await this.#failed(error);
    }
    await this.#finish(reason);
  }

  /** The greeting is over. @throws {Error} when the session was closed meanwhile */
  greeted(): void {
    this.#ticket.spoke();
    this.#checkOpen();
    this.#log.start();
    this.#state = { name: "login" };
  }

  /** A try to log in has failed. */
  loginFailed(user: string | undefined): void {
    this.#ticket.penalise("bad proof");
    this.#log.loginFailed(user, this.source);
  }

  /** The login is over. @throws {StatusError} 429 when the user has too many sessions; {Error} as `greeted` does */
  loggedIn(account: Account): SessionFacts {
    const { registry, maxSessionsPerUser } = this.#host;
    if (registry.countOf(account.id) >= maxSessionsPerUser) {
      throw new StatusError(429, `Too many sessions of one user: ${maxSessionsPerUser} are open`);
    }
    this.#checkOpen();
    this.#noteLogin(account);
    this.#log.login(account.name);
    this.#ticket.loggedIn();
    this.clock.loggedIn();
    this.#state = { name: "ready", account };
    return {
      user: account.name,
      session: this.id,
      address: this.#address,
      since: this.#since,
      sessions: () => registry.countOf(account.id),
      allSessions: () => registry.size,
    };
  }

  /** To be called before each request. @throws {StatusError} 400, 503: see {@linkcode permit} */
  permit(access: Access): void {
    if (this.#state.name === "closed") throw new StatusError(503, "The session has ended");
    const hasAccount = this.#state.name === "ready" && this.#hasAccount(this.#state.account);
    permit(access, { hasAccount, isDraining: this.#isDraining });
  }

  /** To be called when no request is left to answer. */
  rested(): void {
    if (this.#isDraining) this.close("server shutting down");
  }

  drain(): void {
    this.#isDraining = true;
    if (!this.#wire.isBusy) this.rested();
  }

  checkPeer(): void {
    if (this.#state.name === "closed") return;
    const reason = this.clock.check();
    if (!reason) return this.#wire.showLife();
    if (this.#state.name !== "ready") this.#ticket.penalise("deadline");
    this.close(reason);
  }

  checkAccount(): void {
    if (this.#state.name === "ready" && !this.#hasAccount(this.#state.account)) {
      this.close("account removed or changed");
    }
  }

  close(reason: string): void {
    this.#end(reason, { isNews: true });
  }

  #checkOpen(): void {
    if (this.#state.name === "closed") throw new Error(this.#state.reason);
  }

  /** A login must not fail because its time cannot be written. */
  #noteLogin({ id, name }: Account): void {
    try {
      this.#host.accounts.noteLogin(id);
    } catch (error) {
      this.#log.loginTimeNotKept(name, error);
    }
  }

  /** Whether the account is still the one that logged in, with the password of then. */
  #hasAccount({ id, credential }: Account): boolean {
    return this.#host.accounts.credentialOf(id) === credential;
  }

  /** Sends the peer what was wrong, where there still is one, and returns the reason for the log. */
  async #failed(error: unknown): Promise<string> {
    if (this.#state.name === "closed") return this.#state.reason;
    const failure = error instanceof StatusError ? error : undefined;
    for (const offence of this.#wire.offencesOf(error)) this.#ticket.penalise(offence);
    // A login that was right but one too many is no offence.
    if (this.#state.name === "login" && failure?.code !== 429) this.#ticket.penalise("no login");
    if (failure && !(failure instanceof LoginRefused)) {
      // When the peer is gone, the log still has the reason.
      await this.clock.whileSending(() => this.#wire.sendFailure(failure)).catch(() => {});
    }
    return endReasonOf(error);
  }

  async #finish(reason: string): Promise<void> {
    if (this.#state.name !== "closed") {
      // What was sent last must still arrive, but nobody waits for a peer that does not read.
      await this.clock.whileSending(() => this.#wire.finish()).catch(() => {});
      this.#end(reason, { isNews: this.#wire.hasSpoken });
    }
    this.#ticket.release();
    this.#host.registry.remove(this);
  }

  #end(reason: string, { isNews }: { isNews: boolean }): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#log.end(reason, { user: state.name === "ready" ? state.account.name : undefined, isNews });
    this.#state = { name: "closed", reason };
    this.#wire.end();
  }
}
