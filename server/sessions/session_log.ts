/** What the log says of one session: its start, its logins and its end. */
import type { Log } from "../log/log.ts";

/** The log of one session. */
export class SessionLog {
  readonly #log: Log;
  readonly #session: string;
  readonly #address: string;
  #hasStarted = false;

  constructor(log: Log, { session, address }: { session: string; address: string }) {
    this.#log = log;
    this.#session = session;
    this.#address = address;
  }

  /** Only the first call counts. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#log.info("session start", { session: this.#session, address: this.#address });
  }

  login(user: string): void {
    this.#log.info("login", { session: this.#session, user, address: this.#address });
  }

  /** Anybody can cause this, so a source has only a few lines. */
  loginFailed(user: string | undefined, source: string): void {
    this.#log.stranger(source, "login failed", { session: this.#session, user });
  }

  loginTimeNotKept(user: string, error: unknown): void {
    this.#log.failure("login time not kept", error, { session: this.#session, user });
  }

  /** `isNews`: it was a session, and not only somebody who looked at the certificate, or a health check. */
  end(reason: string, { user, isNews }: { user: string | undefined; isNews: boolean }): void {
    if (isNews) this.start();
    const fields = { session: this.#session, user, address: this.#address, reason };
    if (isNews) this.#log.info("session end", fields);
    else this.#log.debug("session end", fields);
  }
}

/** Why a session ends that failed, in words for the log. */
export function endReasonOf(error: unknown): string {
  if (error instanceof Deno.errors.UnexpectedEof) return "connection lost";
  return error instanceof Error ? error.message : String(error);
}
