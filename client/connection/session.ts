/** From an address to a logged-in connection: dial, greet, log in, pin. */
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES, LOGIN_TIMEOUT_MS, LOGIN_TRIES } from "../../protocol/limits.ts";
import { reasonOf } from "../../console/reason.ts";
import { ConnectionError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { dial, type Dialled, type DialOptions } from "./dial.ts";
import { greet } from "./greeting.ts";
import { inTime } from "./in_time.ts";
import { login } from "./login.ts";
import { Remote } from "./remote.ts";

/** All that is needed to log in, and to do so again. */
export interface SessionOptions {
  readonly dial: DialOptions;
  readonly user: string;
  readonly password: {
    /** Whether a person is asked, who may try again. */
    readonly isAsked: boolean;
    get(server: string): Promise<string>;
  };
  readonly secret: Uint8Array | undefined;
}

/** A session: the connection and what is known about it. */
export interface Session {
  readonly remote: Remote;
  readonly user: string;
  readonly id: string;
  /** `undefined` without TLS. */
  readonly fingerprint: string | undefined;
  /** What opens the same session again, without asking anybody. */
  readonly again: SessionOptions;
}

/**
 * Opens a session.
 *
 * @param onFailedTry told of a wrong password that may be tried again
 * @throws {ConnectionError} no connection, wrong certificate or secret; {StatusError} 400 wrong user or password, 429, 503
 */
export async function openSession(
  options: SessionOptions,
  onFailedTry: (error: StatusError) => void,
): Promise<Session> {
  const dialled = await dial(options.dial);
  try {
    return await start(dialled, options, onFailedTry);
  } catch (error) {
    dialled.connection.close();
    if (error instanceof StatusError) throw error;
    throw new ConnectionError(`No session with ${dialled.server}: ${reasonOf(error)}`, { cause: error });
  }
}

async function start(
  { connection, server, channelBinding, fingerprint, pin }: Dialled,
  options: SessionOptions,
  onFailedTry: (error: StatusError) => void,
): Promise<Session> {
  const { user, password, secret, dial: { trace } } = options;
  // More is taken once the server has proved itself.
  const channel = new FrameChannel(connection, { headerBytes: HEADER_LIMIT_BEFORE_LOGIN_BYTES, bodyBytes: 0 });
  const { mechanisms } = await answered(
    greet(channel, { server, secret, channelBinding }),
    options.dial.connectTimeoutMs,
  );
  if (secret) trace?.("Both sides hold the connection secret");
  for (let tries = 1;; tries++) {
    const firstId = 2 * tries - 1;
    try {
      const entered = await password.get(server);
      const started = performance.now();
      const ours = { user, password: entered, channelBinding, mechanisms, firstId };
      const reply = await answered(login(channel, ours), LOGIN_TIMEOUT_MS);
      pin();
      const how = channelBinding ? "SCRAM-SHA-256-PLUS, bound to the certificate" : "SCRAM-SHA-256";
      const ms = (performance.now() - started).toFixed(0);
      trace?.(`Logged in as ${reply.user} by ${how}, in ${ms} ms; session ${reply.session}`);
      const remote = new Remote({ channel, connection, server, firstId: firstId + 2, trace });
      const again = { ...options, password: { isAsked: false, get: () => Promise.resolve(entered) } };
      return { remote, user: reply.user, id: reply.session, fingerprint, again };
    } catch (error) {
      const mayRetry = password.isAsked && tries < LOGIN_TRIES && error instanceof StatusError && error.code === 400;
      if (!mayRetry) throw error;
      onFailedTry(error);
    }
  }
}

/** Waits for a server that should answer soon. What is left of the work fails when the connection is closed. */
function answered<T>(work: Promise<T>, ms: number): Promise<T> {
  return inTime(work, { ms, late: new ConnectionError("The server does not answer") });
}
