/** How a call of `ftp` ends: the failures that are the caller's own, and the exit status that each failure becomes. */
import { type StatusCode, StatusError } from "../protocol/status.ts";

/** The client cannot reach the server, or has lost it. */
export class ConnectionError extends StatusError {
  /** The name of the class. */
  override readonly name: string = "ConnectionError";

  /** A failure with code 503 and one sentence. */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(503, message, options);
  }
}

/** The client reaches somebody, but does not trust them: trying again does not help. */
export class TrustError extends ConnectionError {
  /** The name of the class. */
  override readonly name = "TrustError";
}

/** The command line is wrong; the message says how it should be. */
export class UsageError extends StatusError {
  /** The name of the class. */
  override readonly name = "UsageError";

  /** A failure with code 401 and a sentence that says how the call should be. */
  constructor(message: string) {
    super(401, message);
  }
}

/** The exit statuses of `ftp`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  connection: 3,
  authentication: 4,
  space: 5,
  verification: 6,
  interrupted: 130,
  /** As a shell has it for a program that SIGPIPE ended: 128 and 13. */
  brokenPipe: 141,
} as const;

const EXIT_OF_CODE: Partial<Record<StatusCode, number>> = {
  206: EXIT.interrupted,
  400: EXIT.authentication,
  404: EXIT.space,
  409: EXIT.verification,
  429: EXIT.connection,
  503: EXIT.connection,
};

/** The exit status for anything thrown. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof StatusError ? EXIT_OF_CODE[error.code] ?? EXIT.failed : EXIT.failed;
}
