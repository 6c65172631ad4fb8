/** What a server gives to its sessions. */
import type { Accounts } from "../../users/accounts.ts";
import type { Log } from "../log/log.ts";
import type { PeerTimes } from "./peer_clock.ts";
import type { SessionRegistry } from "./registry.ts";

/** What the sessions of all doors of a server share. */
export interface SessionHost {
  readonly registry: SessionRegistry;
  readonly accounts: Pick<Accounts, "credentialOf" | "noteLogin">;
  readonly log: Log;
  readonly times: PeerTimes;
  readonly maxSessionsPerUser: number;
}
