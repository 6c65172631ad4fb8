/** The gate of every login: which account a name has, how long a guesser waits, and what a failure costs. */
import { delay } from "@std/async/delay";
import type { Verifier } from "../../protocol/login/scram_keys.ts";
import { StatusError } from "../../protocol/status.ts";
import type { Account, Accounts } from "../../users/accounts.ts";
import type { FakeCredentials } from "../../users/credentials.ts";
import { isUserName } from "../../users/user_name.ts";
import type { Log } from "../log/log.ts";
import { LoginThrottle } from "./login_throttle.ts";
import { verifyPassword } from "./verify_password.ts";

/** How long a failed login takes at least. */
const FAILED_LOGIN_MS = 1_000;

/** One try to log in. A name without an account has a verifier, too, which no password fits. */
export interface LoginTry {
  readonly user: string;
  readonly source: string;
  readonly account: Account | undefined;
  readonly verifier: Verifier;
}

/** The last try of a connection has failed; the peer has its answer to each of them already. */
export class LoginRefused extends StatusError {
  constructor() {
    super(400, "Too many failed logins");
  }
}

/** Lets users in, for all doors of a server. */
export class LoginGate {
  readonly #accounts: Pick<Accounts, "find" | "verifierOf">;
  readonly #fakes: Pick<FakeCredentials, "verifierFor">;
  readonly #log: Log;
  readonly #throttle = new LoginThrottle(() => performance.now());

  constructor(
    accounts: Pick<Accounts, "find" | "verifierOf">,
    { fakes, log }: { fakes: Pick<FakeCredentials, "verifierFor">; log: Log },
  ) {
    this.#accounts = accounts;
    this.#fakes = fakes;
    this.#log = log;
  }

  /** Begins a try. */
  begin(name: string, source: string): LoginTry {
    const user = name.toLowerCase();
    const account = isUserName(user) ? this.#accounts.find(user) : undefined;
    const verifier = (account && this.#accounts.verifierOf(account.id)) ?? this.#fakes.verifierFor(user);
    return { user, source, account, verifier };
  }

  /** To be called before a proof is looked at. @throws {StatusError} 429 when there were too many failures of this user */
  checkWait({ user, source }: LoginTry): void {
    const wait = this.#throttle.waitMs(user, source);
    if (wait === 0) return;
    throw new StatusError(429, `Too many failed logins; try again in ${Math.ceil(wait / 1000)} seconds`);
  }

  /** Ends a try: the account of who has proved the password. @throws {StatusError} 400 */
  settle({ user, source, account }: LoginTry, { isProved }: { isProved: boolean }): Account {
    if (!account || !isProved) {
      if (this.#throttle.failed(user)) this.#log.warn("guessing", { user, source });
      throw new StatusError(400, "Authentication failed");
    }
    this.#throttle.succeeded(user, source);
    return account;
  }

  /** A whole try with a plain password. @throws {StatusError} 400, 429 */
  async withPassword(name: string, { password, source }: { password: string; source: string }): Promise<Account> {
    const login = this.begin(name, source);
    this.checkWait(login);
    return this.settle(login, { isProved: await verifyPassword(password, login.verifier) });
  }

  /**
   * The price of a failed try. It is the same whatever failed, so that it shows nothing.
   *
   * @param since when the request arrived that failed, by `performance.now()`
   */
  async charge(since: number): Promise<void> {
    await delay(Math.max(0, FAILED_LOGIN_MS - (performance.now() - since)));
  }
}
