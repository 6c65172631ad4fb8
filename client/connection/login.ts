/** Login by SCRAM from the client's side (`PROTOCOL.md`, "Login"). */
import { LOGIN_COMMANDS, type LoginCommandName, type LoginReply } from "../../protocol/message/commands.ts";
import { readFields, type Shape } from "../../protocol/message/fields.ts";
import { fullLimits } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import type { Header } from "../../protocol/message/header.ts";
import { failureOf, message, readReply } from "../../protocol/message/messages.ts";
import { ScramClient } from "../../protocol/login/scram.ts";
import { saltPassword } from "../../protocol/login/scram_keys.ts";
import { ConnectionError, TrustError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";

/** Salted passwords by password, salt and iteration count: a second login need not work for it again. */
const salted = new Map<string, Promise<Uint8Array>>();

/** Who logs in, and to what the login is bound. */
export interface LoginOptions {
  readonly user: string;
  readonly password: string;
  readonly channelBinding: Uint8Array | undefined;
  /** What the server's hello offered. */
  readonly mechanisms: readonly string[];
  /** The id of the first request; login takes two. */
  readonly firstId: number;
}

/**
 * Logs in, and checks that the server knows the account's verifier for this very certificate.
 *
 * @throws {StatusError} 400 when either side does not convince the other, 429 when there are too many; {ConnectionError}
 *   when the server offers no mechanism that is safe here
 */
export async function login(
  channel: FrameChannel,
  { user, password, channelBinding, mechanisms, firstId }: LoginOptions,
): Promise<LoginReply<"proof">> {
  const scram = new ScramClient(user, channelBinding);
  if (!mechanisms.includes(scram.mechanism)) {
    throw new TrustError(`The server does not offer ${scram.mechanism}: somebody may be in between`);
  }
  const challenge = await ask(channel, "auth", { id: firstId, mechanism: scram.mechanism, scram: scram.first });
  const proof = await scram.final(challenge.scram, (salt, iterations) => saltOnce(password, salt, iterations));
  const reply = await ask(channel, "proof", { id: firstId + 1, scram: proof });
  scram.verify(reply.scram);
  Object.assign(channel.limits, fullLimits());
  return reply;
}

function saltOnce(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const key = JSON.stringify([password, salt.toHex(), iterations]);
  const known = salted.get(key) ?? saltPassword(password, salt, iterations);
  salted.set(key, known);
  return known;
}

async function ask<K extends LoginCommandName>(
  channel: FrameChannel,
  command: K,
  fields: Header,
): Promise<LoginReply<K>> {
  await channel.send(message({ type: "request", command, ...fields }));
  const frame = await channel.receive();
  if (!frame) throw new ConnectionError("The server closed the connection during login");
  const reply = readReply(frame.header);
  if (reply.code !== 200 && reply.code !== 201) throw failureOf(reply);
  if (frame.header.type !== "reply" || frame.header.id !== fields.id) {
    throw new StatusError(401, "The server answered another request");
  }
  const shape: Shape = LOGIN_COMMANDS[command].reply;
  return readFields(frame.header, shape, "ignore") as LoginReply<K>;
}
