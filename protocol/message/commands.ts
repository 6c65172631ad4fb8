/** The map of commands: what each one needs, does, asks and answers. `PROTOCOL.md` has a section for each. */
import {
  count,
  countOrNone,
  type Fields,
  flag,
  oneOf,
  optional,
  path,
  sha256,
  type Shape,
  text,
  time,
  timeIfKnown,
} from "./fields.ts";

/** What a path names. A link leads out of, or around in, the home and is never followed by a client. */
export type EntryType = "file" | "folder" | "link" | "other";

const entry = {
  entry: oneOf("file", "folder", "link", "other"),
  size: count,
  mtime: timeIfKnown,
  mode: count,
} as const;

/** One line of a listing. */
export const LISTING_ENTRY = { name: text, ...entry } as const;

/** One line of a listing: `size` in bytes, `mtime` in ms since 1970 if it is known, `mode` POSIX permission bits. */
export type ListingEntry = Fields<typeof LISTING_ENTRY>;

/** One line of the listing of a whole tree; `name` is a path below its top. `mount`: something is mounted on this folder. */
export const TREE_ENTRY = { ...LISTING_ENTRY, sha256: optional(sha256), mount: optional(flag) } as const;

/** One line of the listing of a whole tree. */
export type TreeEntry = Fields<typeof TREE_ENTRY>;

/** A line of a listing that is no entry: what is not, or not wholly, in the list, and why. */
export const LIST_NOTE = { name: text, code: count, message: text, skipped: optional(count) } as const;

/** What is missing in a listing. `skipped`: names in that folder that the protocol cannot say. */
export type ListNote = Fields<typeof LIST_NOTE>;

/** The header of a record of `store`: a file with its content, or a folder. */
export const STORE_RECORD = {
  name: text,
  entry: oneOf("file", "folder"),
  mtime: optional(time),
  exec: optional(flag),
  sha256: optional(sha256),
} as const;

/** The header of a record of `fetch`: a file with its content, or `code` and `message` of why there is none. */
export const FETCH_RECORD = {
  name: text,
  mtime: timeIfKnown,
  exec: optional(flag),
  sha256: optional(sha256),
  code: optional(count),
  message: optional(text),
} as const;

/** One line of what `store` could not store. */
export const STORE_FAILURE = { name: text, code: count, message: text } as const;

/** One file that could not be moved. */
export type StoreFailure = Fields<typeof STORE_FAILURE>;

/** One line of the list of unfinished uploads. */
export const PART_ENTRY = {
  part: text,
  path: text,
  size: count,
  offset: count,
  updated: timeIfKnown,
  running: flag,
} as const;

/** One unfinished upload: `offset` of `size` bytes are kept; `updated` in ms since 1970 if it is known. */
export type PartEntry = Fields<typeof PART_ENTRY>;

/** The reply of `quota`. */
export const USAGE = { used: count, reserved: count, limit: countOrNone } as const;

/** What a user has: bytes used, reserved by uploads, and the limit (`null`: none). */
export type Usage = Fields<typeof USAGE>;

const file = { size: count, sha256 } as const;

/** What was done, and why it may not last: a sentence for people. */
const warning = { warning: optional(text) } as const;

/** What a command needs: only the session, the right to read files, or the right to change them. */
export type Access = "session" | "read" | "write";

/**
 * What a command does: `reading` may be repeated without harm after a lost connection; `transferring` moves the content
 * of files; `changing` changes what is there.
 */
export type CommandKind = "reading" | "transferring" | "changing";

/** One command: everything that both sides and the log have to know of it. */
export interface CommandRow {
  /** What it needs. */
  readonly access: Access;
  /** What it does. */
  readonly kind: CommandKind;
  /** The fields of its request. The log shows those that are a `path`, and no others. */
  readonly request: Shape;
  /** The request has a body. */
  readonly takesBody?: true;
  /** The go-ahead of a transfer, before its final reply. */
  readonly accept?: Shape;
  /** The fields of its reply, besides code and message. */
  readonly reply: Shape;
}

/** What may be said before login. */
export const LOGIN_COMMANDS = {
  auth: {
    request: { mechanism: oneOf("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"), scram: text },
    reply: { scram: text },
  },
  proof: { request: { scram: text }, reply: { scram: text, user: text, session: text } },
} as const satisfies { readonly [name: string]: Pick<CommandRow, "request" | "reply"> };

/** What may be said after login. */
export const COMMANDS = {
  ping: { access: "session", kind: "reading", request: {}, reply: {} },
  status: {
    access: "session",
    kind: "reading",
    request: {},
    reply: { user: text, session: text, address: text, since: timeIfKnown, sessions: count },
  },
  stat: { access: "read", kind: "reading", request: { path }, reply: { path: text, ...entry } },
  ls: { access: "read", kind: "reading", request: { path }, reply: { entries: count, skipped: count } },
  mkdir: { access: "write", kind: "changing", request: { path, parents: optional(flag) }, reply: warning },
  rmdir: { access: "write", kind: "changing", request: { path }, reply: warning },
  rm: {
    access: "write",
    kind: "changing",
    request: { path, recursive: optional(flag) },
    reply: { files: count, bytes: count, ...warning },
  },
  mv: { access: "write", kind: "changing", request: { from: path, to: path }, reply: warning },
  hash: { access: "read", kind: "reading", request: { path }, reply: file },
  quota: { access: "session", kind: "reading", request: {}, reply: USAGE },
  get: {
    access: "read",
    kind: "transferring",
    request: { path, offset: optional(count), sha256: optional(sha256) },
    accept: { size: count, mtime: timeIfKnown, mode: count, offset: count },
    reply: file,
  },
  put: {
    access: "write",
    kind: "transferring",
    request: {
      path,
      size: count,
      mtime: optional(time),
      source: optional(text),
      replace: optional(flag),
      create: optional(flag),
      exec: optional(flag),
    },
    accept: { offset: count, sha256: optional(sha256) },
    reply: { ...file, ...warning },
  },
  tree: {
    access: "read",
    kind: "reading",
    request: { path, checksum: optional(flag) },
    reply: { entries: count, notes: count },
  },
  fetch: {
    access: "read",
    kind: "transferring",
    request: { path },
    takesBody: true,
    reply: { files: count, bytes: count },
  },
  store: {
    access: "write",
    kind: "transferring",
    request: { path, bytes: count, more: count },
    accept: {},
    reply: { files: count, bytes: count, ...warning },
  },
  parts: { access: "read", kind: "reading", request: {}, reply: { entries: count } },
  drop: { access: "write", kind: "changing", request: { part: text }, reply: {} },
} as const satisfies { readonly [name: string]: CommandRow };

/** The name of a command after login. */
export type CommandName = keyof typeof COMMANDS;
/** The name of a command before login. */
export type LoginCommandName = keyof typeof LOGIN_COMMANDS;

/** What a command's request holds. */
export type Request<K extends CommandName> = Fields<(typeof COMMANDS)[K]["request"]>;
/** What the go-ahead of a command holds. */
export type Accept<K extends CommandName> = Fields<AcceptShape<K>>;
/** @internal Nothing where a command gives no go-ahead. */
type AcceptShape<K extends CommandName> = (typeof COMMANDS)[K] extends { readonly accept: infer S extends Shape } ? S
  : Record<never, never>;
/** What a command's reply holds besides code and message. */
export type Reply<K extends CommandName> = Fields<(typeof COMMANDS)[K]["reply"]>;
/** What a login command's request holds. */
export type LoginRequest<K extends LoginCommandName> = Fields<(typeof LOGIN_COMMANDS)[K]["request"]>;
/** What a login command's reply holds. */
export type LoginReply<K extends LoginCommandName> = Fields<(typeof LOGIN_COMMANDS)[K]["reply"]>;
