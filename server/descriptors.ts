/** How many sockets a server may hold, so that its files always find a descriptor: the runtime does not survive without. */
import { counted } from "../console/size.ts";
import type { Terminal } from "../console/terminal.ts";
import { StatusError } from "../protocol/status.ts";
import type { Log } from "./log/log.ts";

/**
 * Kept free in any case: the listener, a folder that is being listed, a small file that is being read, what SQLite opens
 * for a moment, and sockets that are just being closed.
 */
const SPARE = 16;
/** What a session has open besides its socket, at most: `mv` to another volume two files and two folders, others fewer. */
const FILES_OF_SESSION = 4;
/** Small files of `store` that wait for one sync, of all sessions together. */
const GROUPED_FILES = 1_024;
/** Closed connections whose sockets the runtime still holds. Each costs some 13 KB of memory, too. */
const LINGERING = 4_096;
/** Fewer sessions than that are too few for one user. */
const SANE_SESSIONS = 16;

/** How the descriptors are shared out. */
export interface Shares {
  /** `--max-sessions`, as far as there are descriptors for it. */
  readonly sessions: number;
  /** All sockets together: of sessions, and of connections that are over and do not go away. */
  readonly sockets: number;
  /** Small files that `store` may have open at once, of all sessions together. */
  readonly groupedFiles: number;
}

/** The most descriptors that a server with `maxSessions` sessions can use. */
export function wantedDescriptors(maxSessions: number): number {
  return SPARE + GROUPED_FILES + maxSessions * (1 + FILES_OF_SESSION) + LINGERING;
}

/**
 * Shares out the descriptors that are free.
 *
 * @throws {StatusError} 500 when there are too few for even one session
 */
export function shareOut(free: number, maxSessions: number): Shares {
  const left = free - SPARE;
  const each = 1 + FILES_OF_SESSION;
  const groupedFiles = Math.min(GROUPED_FILES, Math.floor(left / 8));
  // Where there are few, half are for sessions: the other half is soon taken by strangers that do not go away.
  const isEnough = free >= wantedDescriptors(maxSessions);
  const sessions = isEnough ? maxSessions : Math.min(maxSessions, Math.floor(left / 2 / each));
  if (sessions < 1) {
    throw new StatusError(
      500,
      `The system lets this program open only ${free} more files and connections, ` +
        `and at least ${SPARE + 2 * each} are needed: raise the limit (ulimit -n)`,
    );
  }
  const rest = left - groupedFiles - sessions * FILES_OF_SESSION;
  return { sessions, sockets: Math.min(sessions + LINGERING, rest), groupedFiles };
}

/** What has to be said of the shares; `undefined` when there are enough. */
export function warningOf({ sessions }: Shares, { free, maxSessions }: { free: number; maxSessions: number }) {
  if (sessions >= maxSessions) return undefined;
  const isSane = sessions >= Math.min(SANE_SESSIONS, maxSessions);
  return `The system lets this program open ${free} more files and connections, which is enough for ${
    counted(sessions, "session")
  } ` +
    `instead of ${maxSessions}${isSane ? "" : ", too few to be of use"}: raise the limit (ulimit -n)`;
}

/** Shares out what is free now; the log says where that is less than was asked for. Throws as `shareOut` does. */
export function shareDescriptors(maxSessions: number, { terminal, log }: { terminal: Terminal; log: Log }): Shares {
  const free = terminal.freeDescriptors(wantedDescriptors(maxSessions));
  const shares = shareOut(free, maxSessions);
  const warning = warningOf(shares, { free, maxSessions });
  if (warning) log.warn("few descriptors", { reason: warning, sessions: shares.sessions });
  return shares;
}
