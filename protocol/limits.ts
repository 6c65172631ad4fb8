/** The numbers both ends agree on. Units are in the names; `PROTOCOL.md` gives the reasons. */

/** The version of the wire protocol, and the ALPN name it has under TLS. */
export const PROTOCOL_VERSION = 1;
export const ALPN = "ftp/1";

/** Frames: `u32 header length`, header, body. */
export const HEADER_LIMIT_BYTES = 65_536;
export const HEADER_LIMIT_BEFORE_LOGIN_BYTES = 4_096;
export const HEADER_DEPTH_LIMIT = 4;
export const BODY_LIMIT_BYTES = 1_048_576;

/** What a sender puts into one data frame; a receiver accepts up to `BODY_LIMIT_BYTES`. */
export const DATA_FRAME_BYTES = 262_144;

/** Requests a server takes in advance; it stops reading when so many wait. */
export const REQUEST_QUEUE_LIMIT = 16;

/** One page of a listing is one data frame. */
export const LISTING_PAGE_ENTRIES = 1_000;

/** Names and paths, in UTF-8 bytes and in components. */
export const NAME_LIMIT_BYTES = 255;
export const PATH_LIMIT_BYTES = 4_096;
export const PATH_DEPTH_LIMIT = 64;

/** Login. */
export const PASSWORD_LIMIT_BYTES = 1_024;
export const PASSWORD_SHORT_CHARACTERS = 12;
export const LOGIN_TRIES = 3;
export const SCRAM_ITERATIONS = 600_000;
export const SCRAM_ITERATIONS_LEAST = 100_000;
export const SCRAM_ITERATIONS_MOST = 10_000_000;
export const SCRAM_SALT_BYTES = 16;
export const NONCE_BYTES = 32;

/** Times, in milliseconds of a clock that never jumps. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
export const LOGIN_TIMEOUT_MS = 30_000;
export const IDLE_TIMEOUT_MS = 300_000;
export const STALL_TIMEOUT_MS = 60_000;
export const PING_INTERVAL_MS = 30_000;
export const CONNECT_TIMEOUT_MS = 10_000;
/** A server that works on a request and sends nothing says so each time. */
export const WORKING_INTERVAL_MS = 10_000;
