/** Login by SCRAM (`PROTOCOL.md`, "Login"): nothing in this file knows a file or a folder. */
import { delay } from "@std/async/delay";
import { LOGIN_COMMANDS, type LoginCommandName, type LoginRequest } from "../../protocol/message/commands.ts";
import { readFields, type Shape } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { LOGIN_TRIES } from "../../protocol/limits.ts";
import { failureHeader, message } from "../../protocol/message/messages.ts";
import { ScramServer } from "../../protocol/login/scram.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Account } from "../../users/accounts.ts";
import { isUserName } from "../../users/user_name.ts";
import type { Door } from "./door.ts";
import { readRequest } from "./request.ts";

/** What login may see of the door. */
type LoginDoor = Pick<Door, "identity" | "accounts" | "fakes" | "throttle" | "log" | "times">;

/** What login knows of the connection. */
export interface LoginOptions {
  readonly session: string;
  readonly source: string;
  /** Told of each failed try, and as whom, as far as that was said. */
  onFailure(user: string | undefined): void;
}

/** A login that ended well: who, and the answer that says so, which is still to be sent. */
export interface LoggedIn {
  readonly account: Account;
  readonly id: number;
  readonly scram: string;
}

const FAILED = "Authentication failed";

/**
 * Lets the client try to log in, three times at most.
 *
 * @throws {StatusError} 400 after the last try, 401 for something malformed
 */
export async function login(channel: FrameChannel, door: LoginDoor, options: LoginOptions): Promise<LoggedIn> {
  let requestId: number | undefined;
  for (let tries = 1;; tries++) {
    let arrived = performance.now();
    let user: string | undefined;
    // The second counts from what is refused: time that the client took before that is its own.
    const onRequest = (id: number) => {
      if (requestId !== undefined && id <= requestId) throw new StatusError(401, "Request ids must increase");
      requestId = id;
      arrived = performance.now();
    };
    try {
      const auth = await receiveLogin(channel, "auth", onRequest);
      return await oneTry(channel, door, {
        ...options,
        auth,
        onRequest,
        onUser: (name) => user = name,
      });
    } catch (error) {
      if (!(error instanceof StatusError) || ![400, 429].includes(error.code)) throw error;
      options.onFailure(user);
      // The failed login's price. It is the same whatever failed, so that it tells nothing.
      await delay(door.times.failedLoginMs - (performance.now() - arrived));
      await channel.send(message(failureHeader(requestId, error)));
      if (tries === LOGIN_TRIES) throw new StatusError(400, "Too many failed logins", { cause: "told" });
    }
  }
}

async function oneTry(
  channel: FrameChannel,
  door: LoginDoor,
  { auth, source, onRequest, onUser }: LoginOptions & {
    auth: LoginRequest<"auth"> & Identified;
    onRequest(id: number): void;
    onUser(name: string): void;
  },
): Promise<LoggedIn> {
  const scram = new ScramServer(auth.mechanism, auth.scram, { binding: door.identity?.channelBinding });
  const name = scram.user.toLowerCase();
  onUser(name);
  const account = isUserName(name) ? door.accounts.find(name) : undefined;
  const verifier = (account && door.accounts.verifierOf(account.id)) ?? door.fakes.verifierFor(name);
  await channel.send(message({ type: "reply", id: auth.id, code: 201, scram: scram.challenge(verifier) }));
  const proof = await receiveLogin(channel, "proof", onRequest);
  const wait = door.throttle.waitMs(name, source);
  if (wait > 0) {
    throw new StatusError(429, `Too many failed logins; try again in ${Math.ceil(wait / 1000)} seconds`);
  }
  const signature = scram.verify(proof.scram, verifier);
  if (!account || signature === undefined) {
    if (door.throttle.failed(name)) door.log.warn("guessing", { user: name, source });
    throw new StatusError(400, FAILED);
  }
  door.throttle.succeeded(name, source);
  return { account, id: proof.id, scram: signature };
}

interface Identified {
  readonly id: number;
}

/** The next login command. Anything else before login is refused with 400 and costs a try. */
async function receiveLogin<K extends LoginCommandName>(
  channel: FrameChannel,
  command: K,
  onRequest: (id: number) => void,
): Promise<LoginRequest<K> & Identified> {
  const frame: Frame | undefined = await channel.receive();
  if (!frame) throw new Error("left before login");
  const request = readRequest(frame);
  onRequest(request.id);
  if (request.command !== command) throw new StatusError(400, "Log in first");
  const shape: Shape = LOGIN_COMMANDS[command].request;
  return { ...readFields(request.fields, shape) as LoginRequest<K>, id: request.id };
}
