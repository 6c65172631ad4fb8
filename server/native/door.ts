/** What the native door is given by `serve`. */
import type { Account, Accounts } from "../../users/accounts.ts";
import type { FakeCredentials } from "../../users/credentials.ts";
import type { Identity } from "../identity.ts";
import type { Log } from "../log/log.ts";
import type { LoginThrottle } from "../sessions/login_throttle.ts";
import type { Home } from "../storage/home.ts";
import type { OnWork } from "../storage/work.ts";
import type { SessionRegistry } from "../sessions/registry.ts";

/** Times in ms. */
export interface DoorTimes {
  readonly handshakeMs: number;
  readonly loginMs: number;
  readonly idleMs: number;
  readonly stallMs: number;
  /** What a failed login costs. */
  readonly failedLoginMs: number;
}

/** The services and settings of a door. */
export interface Door {
  /** `undefined` without TLS. */
  readonly identity: Identity | undefined;
  /** The connection secret, when one is demanded. */
  readonly secret: Uint8Array | undefined;
  readonly accounts: Accounts;
  readonly fakes: FakeCredentials;
  readonly throttle: LoginThrottle;
  readonly sessions: SessionRegistry;
  readonly log: Log;
  readonly times: DoorTimes;
  readonly maxSessionsPerUser: number;
  readonly agent: string;
  /** Opens a user's home; `onWork` is called as `HomeOptions` says. */
  openHome(account: Account, onWork: OnWork): Home;
}
