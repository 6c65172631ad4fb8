/** The numbers both ends agree on. Units are in the names; `PROTOCOL.md` gives the reasons. */

/** The version of the wire protocol. */
export const PROTOCOL_VERSION = 1;
/** The ALPN name that the protocol has under TLS. */
export const ALPN = "ftp/1";

/** The longest header of a frame after login. */
export const HEADER_LIMIT_BYTES = 65_536;
/** The longest header of a frame before login. */
export const HEADER_LIMIT_BEFORE_LOGIN_BYTES = 4_096;
/** How deep objects and lists of a header may be nested, the header itself counted. */
export const HEADER_DEPTH_LIMIT = 4;
/** The longest body of a frame. */
export const BODY_LIMIT_BYTES = 1_048_576;

/** What a sender puts into one data frame, but for a long record; a receiver accepts up to `BODY_LIMIT_BYTES`. */
export const DATA_FRAME_BYTES = 262_144;

/** The requests that may wait at a server; with one more it reads nothing. */
export const REQUEST_QUEUE_LIMIT = 16;

/** One page of a listing is one data frame. */
export const LISTING_PAGE_ENTRIES = 1_000;

/** The longest name of a file or folder, in UTF-8 bytes. */
export const NAME_LIMIT_BYTES = 255;
/** The longest path, in UTF-8 bytes. */
export const PATH_LIMIT_BYTES = 4_096;
/** The most components of a path. */
export const PATH_DEPTH_LIMIT = 64;

/** The longest password, in UTF-8 bytes. */
export const PASSWORD_LIMIT_BYTES = 1_024;
/** Logins that may be tried on one connection. */
export const LOGIN_TRIES = 3;
/** Rounds of PBKDF2 for a new password. */
export const SCRAM_ITERATIONS = 600_000;
/** The fewest rounds that a client accepts: fewer would make a stolen proof easy to guess from. */
export const SCRAM_ITERATIONS_LEAST = 100_000;
/** The most rounds that a client accepts: more would keep it busy for too long. */
export const SCRAM_ITERATIONS_MOST = 10_000_000;
/** The length of a salt. */
export const SCRAM_SALT_BYTES = 16;
/** The length of a nonce before it is written in base64. */
export const NONCE_BYTES = 32;
/** The fewest characters of either side's part of a SCRAM nonce: 18 random bytes in base64. */
export const SCRAM_NONCE_LEAST_CHARACTERS = 24;

/** The longest TLS handshake. Times are milliseconds of a clock that never jumps. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** From the connection to the end of the login, whatever arrives meanwhile. */
export const LOGIN_TIMEOUT_MS = 30_000;
/** The longest silence between requests. */
export const IDLE_TIMEOUT_MS = 300_000;
/** The longest standstill of a transfer. */
export const STALL_TIMEOUT_MS = 60_000;
/** The time without work after which a client sends `ping`. */
export const PING_INTERVAL_MS = 30_000;
/** The time between two `working` of a side that is busy and sends nothing else. */
export const WORKING_INTERVAL_MS = 10_000;
