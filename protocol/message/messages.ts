/** The frames that are neither request nor reply, and the header fields that all of them share. */
import {
  count,
  type Fields,
  flag,
  label,
  nonce,
  optional,
  readFields,
  sha256,
  type Shape,
  text,
  texts,
} from "./fields.ts";
import type { Frame } from "../frame/frame.ts";
import type { Header } from "./header.ts";
import { isStatusCode, STATUS_TEXT, type StatusCode, StatusError } from "../status.ts";

/** The first frame, the client's. `version` is the newest it speaks; `nonce` is 32 random bytes in base64. */
export const CLIENT_HELLO = { version: count, nonce, agent: label } as const;
/** The server's answer, when it demands no connection secret or the client has proved it. */
export const SERVER_HELLO = { version: count, nonce, mechanisms: texts, agent: label } as const;
/** The server's answer when it demands the connection secret before anything else. */
export const CHALLENGE = { version: count, nonce } as const;
/** The proof of the connection secret, from either side. */
export const SECRET_PROOF = { mac: sha256 } as const;
/** Length and digest of a whole file: both sides of a transfer say it. */
export const FILE_END = { id: count, size: count, sha256 } as const;

/** The sender's answer to a go-ahead with an offset: from where it sends, that offset or 0. */
export const RESUME = { id: count, offset: count } as const;

/** How far a side has come that works and sends nothing: a number that grows with the work. */
export const WORKING = { id: count, done: count } as const;

/** Length and digest of a whole file. */
export type FileEnd = Pick<Fields<typeof FILE_END>, "size" | "sha256">;

/**
 * Reads a frame that must be of one type.
 *
 * @throws {StatusError} the failure that the peer told instead, or 401 when it is anything else
 */
export function readMessage<S extends Shape>(frame: Frame, type: string, shape: S): Fields<S> {
  if (frame.header.type === type) return readFields(frame.header, shape, "ignore");
  const reply = frame.header.type === "reply" ? readReply(frame.header) : undefined;
  if (reply && reply.code >= 400) throw failureOf(reply);
  throw new StatusError(401, `Expected a ${type} frame`);
}

const NO_BODY = new Uint8Array(0);

/** A frame without a body. */
export function message(header: Header): Frame {
  return { header, body: NO_BODY };
}

/** A piece of a transfer. `isLast`: nothing but its end follows. */
export function dataFrame(id: number, body: Uint8Array, isLast = false): Frame {
  return { header: isLast ? { type: "data", id, last: true } : { type: "data", id }, body };
}

/** The end of a transfer, with what the sender sent or the receiver received. */
export function endFrame(id: number, { size, sha256 }: FileEnd): Frame {
  return message({ type: "end", id, size, sha256 });
}

/** The sender's word from where it sends. */
export function resumeFrame(id: number, offset: number): Frame {
  return message({ type: "resume", id, offset });
}

/** The sign of a side that is busy. */
export function workingFrame(id: number, done: number): Frame {
  return message({ type: "working", id, done });
}

/** What ends a transfer early; with `drop`, nothing of an upload is kept for later. */
export const STOP = { id: count, drop: optional(flag) } as const;

/** The request to end a transfer early; `drop`: see `STOP`. */
export function stopFrame(id: number, { drop = false } = {}): Frame {
  return message(drop ? { type: "stop", id, drop } : { type: "stop", id });
}

/** The word that more of a frame is waited for. It only carries an acknowledgement; see `PROTOCOL.md`, "Small answers". */
export const READING: Frame = message({ type: "reading" });

/** A reply as both sides handle it: a code, perhaps a sentence, and the fields of its command. */
export interface ReplyHeader {
  /** How the request ended. */
  readonly code: StatusCode;
  /** A sentence for people, where there is one. */
  readonly message: string | undefined;
  /** All fields, still unchecked. */
  readonly header: Header;
}

const REPLY = { type: text, id: optional(count), code: count, message: optional(text) } as const;

/** The reply that a failure becomes. Details are numbers and words of our own making. */
export function failureHeader(id: number | undefined, error: StatusError): Header {
  return { ...error.details, type: "reply", id, code: error.code, message: error.message };
}

/**
 * Reads code and sentence of a reply, go-ahead or notice.
 *
 * @throws {StatusError} 401 when the header is not one
 */
export function readReply(header: Header): ReplyHeader {
  const { code, message } = readFields(header, REPLY, "ignore");
  if (!isStatusCode(code)) throw new StatusError(401, `Status code ${code} is not known`);
  return { code, message, header };
}

/** The failure that a reply tells, made an error again. Without a sentence of its own it says what its code means. */
export function failureOf({ code, message, header }: ReplyHeader): StatusError {
  const details: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(header)) {
    if (["type", "id", "code", "message"].includes(name)) continue;
    if (typeof value === "number" || typeof value === "string") details[name] = value;
  }
  return new StatusError(code, message ?? STATUS_TEXT[code], { details });
}
