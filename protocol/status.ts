/** Status codes, and the error that carries one. */

/** Every code of the protocol with its meaning (`PROTOCOL.md`, section "Status codes"). */
export const STATUS_TEXT = {
  0: "System message",
  200: "Authenticated",
  201: "Done",
  202: "Enough space",
  203: "File is already the same",
  205: "Resuming",
  206: "Stopped as asked",
  400: "Authentication failed",
  401: "Command not valid",
  402: "File does not exist",
  403: "Already exists",
  404: "Not enough space",
  405: "Cannot resume",
  406: "Outside your home or not permitted",
  407: "Wrong kind of file",
  408: "Timed out",
  409: "Content does not match its digest",
  411: "Name not allowed",
  413: "Too large",
  429: "Too many attempts or sessions",
  500: "Internal error",
  503: "Not available now",
} as const;

/** One of the codes of `STATUS_TEXT`. */
export type StatusCode = keyof typeof STATUS_TEXT;

/** Numbers that go with a failure, for programs: `needed` and `free` in bytes with 404. */
export type StatusDetails = Readonly<Record<string, string | number>>;

/** Whether a number from the wire is a code that this version knows. */
export function isStatusCode(value: unknown): value is StatusCode {
  return typeof value === "number" && Object.hasOwn(STATUS_TEXT, value);
}

/** A failure as it is reported: the other side or the user gets exactly this. */
export class StatusError extends Error {
  /** The name of the class. */
  override readonly name: string = "StatusError";
  /** The status code. */
  readonly code: StatusCode;
  /** Numbers and words for programs. */
  readonly details: StatusDetails;

  /**
   * A failure with its code.
   *
   * @param code the status code
   * @param message one sentence: a capital first, no full stop, names quoted
   * @param options `details`: numbers for programs; `cause`: what it was made from
   */
  constructor(code: StatusCode, message: string, options: { details?: StatusDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A code as it is written everywhere: three digits. */
export function formatCode(code: StatusCode): string {
  return String(code).padStart(3, "0");
}
