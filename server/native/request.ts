/** A request as it comes off the wire. */
import { count, readFields, text } from "../../protocol/message/fields.ts";
import type { Frame } from "../../protocol/frame/frame.ts";
import type { Header } from "../../protocol/message/header.ts";
import { StatusError } from "../../protocol/status.ts";

/** A request whose command and fields are still to be checked. */
export interface RawRequest {
  readonly id: number;
  readonly command: string;
  /** The header without `type`, `id` and `command`. */
  readonly fields: Header;
  readonly body: Uint8Array;
}

/** @throws {StatusError} 401 when the frame is not a request */
export function readRequest({ header, body }: Frame): RawRequest {
  if (header.type !== "request") throw new StatusError(401, "Expected a request");
  const { id, command } = readFields(header, { id: count, command: text }, "ignore");
  const { type: _type, id: _id, command: _command, ...fields } = header;
  return { id, command, fields, body };
}
