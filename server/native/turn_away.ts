/** Tells a client that is not let in why, in the place of the server's hello (`PROTOCOL.md`, "Penalties"). */
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { HEADER_LIMIT_BEFORE_LOGIN_BYTES } from "../../protocol/limits.ts";
import { CLIENT_HELLO, failureHeader, message, readMessage } from "../../protocol/message/messages.ts";
import type { StatusError } from "../../protocol/status.ts";
import type { SessionConnection } from "./connection.ts";

/** Hears the client's hello and answers it with a failure; throws what the connection does. */
export async function turnAway(connection: SessionConnection, failure: StatusError): Promise<void> {
  const channel = new FrameChannel(connection, { headerBytes: HEADER_LIMIT_BEFORE_LOGIN_BYTES, bodyBytes: 0 });
  const frame = await channel.receive();
  // A client that only looked at the certificate.
  if (!frame) return;
  readMessage(frame, "hello", CLIENT_HELLO);
  await channel.send(message(failureHeader(undefined, failure)));
  await channel.finish();
  await connection.closeWrite();
}
