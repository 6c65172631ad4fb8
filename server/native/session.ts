/** One connection from its first byte to its end. */
import { BoundedQueue } from "../../protocol/bounded_queue.ts";
import type { CommandName } from "../../protocol/commands.ts";
import { isSafeCount } from "../../protocol/fields.ts";
import { type Frame, fullLimits } from "../../protocol/frame.ts";
import { FrameChannel } from "../../protocol/frame_channel.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES, REQUEST_QUEUE_LIMIT, WORKING_INTERVAL_MS } from "../../protocol/limits.ts";
import { failureHeader, message } from "../../protocol/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Account } from "../../users/accounts.ts";
import type { Ticket } from "../admission.ts";
import type { Home } from "../storage/home.ts";
import type { CommandContext } from "./command.ts";
import { dispatch } from "./dispatch.ts";
import type { Door } from "./door.ts";
import { Exchange } from "./exchange.ts";
import { greet, SecretError } from "./greeting.ts";
import { login } from "./login.ts";
import { PeerClock } from "./peer_clock.ts";
import { type RawRequest, readRequest } from "./request.ts";
import type { RegisteredSession } from "./session_registry.ts";

/** What a session needs of the connection. */
export interface SessionConnection {
  read(target: Uint8Array): Promise<number | null>;
  write(source: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** Where a session is. There is no way back, and `ready` is set by the last statement of a login. */
type State =
  | { readonly name: "greeting" | "login" }
  | { readonly name: "ready"; readonly account: Account; readonly home: Home }
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
  readonly #requests = new BoundedQueue<RawRequest>(REQUEST_QUEUE_LIMIT);
  /** Requests that the client stopped before their turn came. */
  readonly #stopped = new Set<number>();
  #active: Exchange | undefined;
  #lastId = -1;
  #isDraining = false;
  /** What had been sent when that last changed. */
  #life = { sent: 0, at: 0 };
  #state: State = { name: "greeting" };

  constructor(connection: SessionConnection, options: { door: Door; ticket: Ticket; address: string }) {
    this.#connection = connection;
    this.#door = options.door;
    this.#ticket = options.ticket;
    this.#address = options.address;
    this.#channel = new FrameChannel(connection, { headerBytes: HEADER_LIMIT_BEFORE_LOGIN_BYTES, bodyBytes: 0 });
    this.#clock = new PeerClock(options.door.times, {
      now: () => performance.now(),
      bytes: () => this.#channel.received + this.#channel.sent,
    });
  }

  get userId(): number | undefined {
    return this.#state.name === "ready" ? this.#state.account.id : undefined;
  }

  get isBusy(): boolean {
    return this.#active !== undefined || this.#requests.length > 0;
  }

  /** Runs the session to its end; never throws. */
  async run(): Promise<void> {
    this.#door.sessions.add(this);
    let reason = "client left";
    try {
      await greet(this.#channel, this.#door);
      this.#state = { name: "login" };
      await this.#login();
      await this.#serve();
    } catch (error) {
      reason = await this.#failed(error);
    }
    await this.#finish(reason);
  }

  close(reason: string): void {
    this.#end(reason, { isNews: true });
  }

  #end(reason: string, { isNews }: { isNews: boolean }): void {
    if (this.#state.name === "closed") return;
    this.#logEnd(reason, isNews);
    this.#state = { name: "closed", reason };
    this.#requests.discard();
    this.#active?.stop();
    this.#connection.close();
  }

  drain(): void {
    this.#isDraining = true;
    if (!this.isBusy) this.close("server shutting down");
  }

  checkPeer(): void {
    const reason = this.#clock.check();
    if (!reason) return this.#showLife();
    if (this.#state.name !== "ready") this.#ticket.penalise("deadline");
    this.close(reason);
  }

  /** A request that takes long here, such as the digest of a large file, must not look like a dead server. */
  #showLife(): void {
    const { sent } = this.#channel;
    const now = performance.now();
    if (this.#active && sent === this.#life.sent && now - this.#life.at >= WORKING_INTERVAL_MS) {
      // A connection that takes no more is noticed by whoever waits for it.
      this.#channel.send(message({ type: "working", id: this.#active.id })).catch(() => {});
    }
    if (sent !== this.#life.sent) this.#life = { sent, at: now };
  }

  checkAccount(): void {
    if (this.#state.name === "ready" && !this.#hasAccount(this.#state.account)) {
      this.close("account removed or changed");
    }
  }

  async #login(): Promise<void> {
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
    const home = this.#door.openHome(account);
    this.#door.accounts.noteLogin(account.id);
    this.#door.log.info("login", { session: this.id, user: account.name, address: this.#address });
    Object.assign(this.#channel.limits, fullLimits());
    this.#ticket.loggedIn();
    this.#clock.loggedIn();
    this.#lastId = id;
    this.#state = { name: "ready", account, home };
    await this.#channel.send(
      message({ type: "reply", id, code: 200, message: "Authenticated", scram, user: account.name, session: this.id }),
    );
  }

  /** Reads and answers side by side, so that a transfer can be stopped while it runs. */
  async #serve(): Promise<void> {
    const answering = this.#answerAll();
    const [ended] = await Promise.allSettled([Promise.race([this.#readAll(), answering])]);
    this.#requests.close();
    this.#active?.finish();
    // What runs has to let go of its files before the session is over, whatever ended it.
    await answering;
    if (ended.status === "rejected") throw ended.reason;
  }

  async #readAll(): Promise<void> {
    for (let frame = await this.#channel.receive(); frame; frame = await this.#channel.receive()) {
      this.#clock.frameArrived();
      if (frame.header.type === "request") await this.#queue(readRequest(frame));
      else await this.#route(frame);
    }
  }

  async #queue(request: RawRequest): Promise<void> {
    if (request.id <= this.#lastId) throw new StatusError(401, "Request ids must increase");
    this.#lastId = request.id;
    await this.#requests.push(request);
  }

  /** Gives a frame of a transfer to its exchange. What belongs to a request that has ended is dropped. */
  async #route(frame: Frame): Promise<void> {
    const { type, id } = frame.header;
    if (!["data", "resume", "end", "stop"].includes(type as string) || !isSafeCount(id) || id > this.#lastId) {
      throw new StatusError(401, "A frame belongs to no request");
    }
    if (id === this.#active?.id) await this.#active.deliver(frame);
    else if (type === "stop" && this.#stopped.size < REQUEST_QUEUE_LIMIT) this.#stopped.add(id);
  }

  async #answerAll(): Promise<void> {
    for (let request = await this.#requests.pull(); request; request = await this.#requests.pull()) {
      const reply = await this.#clock.whileBusy(() => this.#answer(request!));
      await this.#clock.whileWaiting(() => this.#channel.send(message(reply)));
      if (this.#isDraining && !this.isBusy) return this.close("server shutting down");
    }
  }

  async #answer(request: RawRequest) {
    if (this.#state.name !== "ready") throw new StatusError(400, "The session is over");
    if (this.#stopped.delete(request.id)) return failureHeader(request.id, new StatusError(206, "Stopped as asked"));
    for (const id of this.#stopped) if (id < request.id) this.#stopped.delete(id);
    const { account, home } = this.#state;
    const exchange = new Exchange(request.id, { channel: this.#channel, clock: this.#clock });
    this.#active = exchange;
    try {
      return await dispatch(request, {
        context: { home, exchange, body: request.body, facts: this.#factsOf(account) } satisfies CommandContext<
          CommandName
        >,
        gate: { hasAccount: this.#hasAccount(account), isDraining: this.#isDraining },
        log: this.#door.log,
      });
    } finally {
      this.#active = undefined;
      exchange.finish();
    }
  }

  #factsOf(account: Account) {
    return {
      user: account.name,
      session: this.id,
      address: this.#address,
      since: this.#since,
      sessions: () => this.#door.sessions.countOf(account.id),
    };
  }

  /** Whether the account is still the one that logged in, with the password of then. */
  #hasAccount(account: Account): boolean {
    return this.#door.accounts.credentialOf(account.id) === account.credential;
  }

  /** Tells the client what was wrong, where there still is one, and returns the reason for the log. */
  async #failed(error: unknown): Promise<string> {
    if (this.#state.name === "closed") return this.#state.reason;
    const reason = reasonOf(error);
    if (error instanceof SecretError) this.#ticket.penalise("bad proof");
    else if (this.#state.name === "login" && !isLimit(error)) this.#ticket.penalise("no login");
    if (!(error instanceof StatusError)) return reason;
    if ((error.code === 401 || error.code === 413) && !isTlsHello(error)) this.#ticket.penalise("malformed frame");
    if (error.cause === "told") return reason;
    try {
      await this.#channel.send(message(failureHeader(undefined, error)));
    } catch {
      // It is gone: the log has the reason.
    }
    return reason;
  }

  async #finish(reason: string): Promise<void> {
    if (this.#state.name !== "closed") {
      // What was said last must still arrive, but nobody waits for a peer that does not read.
      await this.#clock.whileWaiting(() => this.#channel.finish()).then(() => this.#connection.closeWrite()).catch(
        () => {},
      );
      // Who left without a word has looked at the certificate, or is a health check.
      this.#end(reason, { isNews: this.#channel.received > 0 });
    }
    this.#ticket.release();
    this.#door.sessions.remove(this);
  }

  #logEnd(reason: string, isNews: boolean): void {
    const user = this.#state.name === "ready" ? this.#state.account.name : undefined;
    const fields = { session: this.id, user, address: this.#address, reason };
    if (isNews) this.#door.log.info("session end", fields);
    else this.#door.log.debug("session end", fields);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.UnexpectedEof) return "connection lost";
  return error instanceof Error ? error.message : String(error);
}

/** A login that was right but one too many is no offence. */
function isLimit(error: unknown): boolean {
  return error instanceof StatusError && error.code === 429;
}

/** A TLS client at a server without TLS has made a mistake, not an attack: its hello begins with 22, 3. */
function isTlsHello({ code, details }: StatusError): boolean {
  return code === 413 && typeof details.length === "number" && details.length >>> 16 === 0x1603;
}
