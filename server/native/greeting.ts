/** The first words: hello, and the connection secret when one is demanded (`PROTOCOL.md`, "Greeting"). */
import { sameProof, secretProof } from "../../protocol/login/connection_secret.ts";
import { type Fields, readFields, type Shape } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { PROTOCOL_VERSION } from "../../protocol/limits.ts";
import { CLIENT_HELLO, message, SECRET_PROOF } from "../../protocol/message/messages.ts";
import { newNonce } from "../../protocol/login/scram_keys.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Door } from "./door.ts";

/** The connection has to end without a word: the peer has not proved the secret. Its cause is what was malformed. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/**
 * Greets the client.
 *
 * @throws {StatusError} 503 when it speaks another version, 401 or 413 when it is no hello; {SecretError} when it lacks
 *   the secret, or says anything malformed before it has proved it
 */
export async function greet(
  channel: FrameChannel,
  door: Pick<Door, "channelBinding" | "secret" | "agent">,
): Promise<void> {
  const hello = await clientHello(channel, { isSilent: door.secret !== undefined });
  const nonce = newNonce();
  if (door.secret) await challenge(channel, door, { hello, nonce, secret: door.secret });
  if (hello.version !== PROTOCOL_VERSION) {
    throw new StatusError(
      503,
      `The server speaks version ${PROTOCOL_VERSION} of the protocol, the client version ${hello.version}`,
    );
  }
  await channel.send(message({
    type: "hello",
    version: PROTOCOL_VERSION,
    nonce,
    mechanisms: [door.channelBinding ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"],
    agent: door.agent,
  }));
}

async function clientHello(
  channel: FrameChannel,
  { isSilent }: { isSilent: boolean },
): Promise<Fields<typeof CLIENT_HELLO>> {
  try {
    const frame = await channel.receive();
    // Nothing was said: a client that looked at the certificate, or a health check.
    if (!frame) throw new Error("left before hello");
    return readFrom(frame, "hello", CLIENT_HELLO);
  } catch (cause) {
    if (!isSilent || !(cause instanceof StatusError)) throw cause;
    throw new SecretError(cause.message, { cause });
  }
}

/** Reads a frame of a client, which has no failures to report. @throws {StatusError} 401 */
function readFrom<S extends Shape>({ header }: Frame, type: string, shape: S): Fields<S> {
  if (header.type !== type) throw new StatusError(401, `Expected a ${type} frame`);
  return readFields(header, shape, "ignore");
}

/** Both sides prove the secret, the client first. */
async function challenge(
  channel: FrameChannel,
  door: Pick<Door, "channelBinding">,
  { hello, nonce, secret }: { hello: { version: number; nonce: string }; nonce: string; secret: Uint8Array },
): Promise<void> {
  const transcript = {
    version: hello.version,
    clientNonce: hello.nonce,
    serverNonce: nonce,
    certificateHash: door.channelBinding ?? new Uint8Array(0),
  };
  await channel.send(message({ type: "challenge", version: PROTOCOL_VERSION, nonce }));
  let frame: Frame | undefined;
  let mac = "";
  try {
    frame = await channel.receive();
    if (frame) ({ mac } = readFrom(frame, "proof", SECRET_PROOF));
  } catch (cause) {
    // Some of those that have no secret leave without a goodbye.
    if (cause instanceof StatusError) throw new SecretError("The client did not answer the challenge", { cause });
  }
  if (!frame) throw new SecretError("The client left at the challenge: it has no connection secret");
  if (!sameProof(mac, secretProof(secret, "client", transcript))) {
    throw new SecretError("The client has another connection secret");
  }
  await channel.send(message({ type: "proof", mac: secretProof(secret, "server", transcript) }));
}
