/** The first words to a server: hello, and the connection secret (`PROTOCOL.md`, "Greeting"). */
import { sameProof, secretProof } from "../../protocol/login/connection_secret.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { PROTOCOL_VERSION } from "../../protocol/limits.ts";
import {
  CHALLENGE,
  CLIENT_HELLO,
  message,
  readMessage,
  SECRET_PROOF,
  SERVER_HELLO,
} from "../../protocol/message/messages.ts";
import type { Fields } from "../../protocol/message/fields.ts";
import { newNonce } from "../../protocol/login/scram_keys.ts";
import { reasonOf } from "../../console/reason.ts";
import { ConnectionError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { AGENT } from "../../protocol/version.ts";

/** What the greeting is bound to. */
export interface GreetingOptions {
  readonly server: string;
  readonly secret: Uint8Array | undefined;
  readonly channelBinding: Uint8Array | undefined;
}

type ServerHello = Fields<typeof SERVER_HELLO>;

/**
 * Says hello and hears the server's.
 *
 * @throws {ConnectionError} when the server speaks another version or something else, or the secret is not the same on
 *   both sides; {StatusError} 429 when this address has to wait
 */
export async function greet(channel: FrameChannel, options: GreetingOptions): Promise<ServerHello> {
  const hello = { version: PROTOCOL_VERSION, nonce: newNonce(), agent: AGENT } satisfies Fields<typeof CLIENT_HELLO>;
  try {
    await channel.send(message({ type: "hello", ...hello }));
    let frame = await receive(channel);
    let nonce: string | undefined;
    if (frame.header.type === "challenge") {
      const challenge = readMessage(frame, "challenge", CHALLENGE);
      nonce = challenge.nonce;
      frame = await prove(channel, { ...options, hello, challenge });
    } else if (options.secret) throw new Error("it does not hold the connection secret");
    const answer = readMessage(frame, "hello", SERVER_HELLO);
    if (nonce !== undefined && answer.nonce !== nonce) throw new Error("its hello is not that of its challenge");
    if (answer.version === PROTOCOL_VERSION) return answer;
    throw new Error(`it speaks version ${answer.version} of the protocol, this client version ${PROTOCOL_VERSION}`);
  } catch (cause) {
    if (cause instanceof ConnectionError) throw cause;
    // The server has said how long to wait: trying again before that is of no use.
    if (cause instanceof StatusError && cause.code === 429) throw cause;
    const why = cause instanceof StatusError && cause.code === 413
      ? "it speaks another protocol, or TLS"
      : reasonOf(cause);
    throw new ConnectionError(`No session with ${options.server}: ${why}`, { cause });
  }
}

async function receive(channel: FrameChannel): Promise<Frame> {
  const frame = await channel.receive();
  if (!frame) throw new Error("it closed the connection");
  return frame;
}

/** Proves the secret to the server, checks its proof, and returns the frame that follows. */
async function prove(
  channel: FrameChannel,
  { secret, channelBinding, hello, challenge }: GreetingOptions & {
    hello: Fields<typeof CLIENT_HELLO>;
    challenge: Fields<typeof CHALLENGE>;
  },
): Promise<Frame> {
  if (!secret) throw new Error("it demands the connection secret; give --secret-file FILE");
  const transcript = {
    version: hello.version,
    clientNonce: hello.nonce,
    serverNonce: challenge.nonce,
    certificateHash: channelBinding ?? new Uint8Array(0),
  };
  await channel.send(message({ type: "proof", mac: secretProof(secret, "client", transcript) }));
  const answer = await channel.receive();
  if (!answer) throw new Error("it refused the connection secret");
  const { mac } = readMessage(answer, "proof", SECRET_PROOF);
  if (!sameProof(mac, secretProof(secret, "server", transcript))) throw new Error("it has another connection secret");
  return await receive(channel);
}
