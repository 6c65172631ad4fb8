/** What the native door works with. */
import type { Account } from "../../users/accounts.ts";
import type { LoginGate } from "../sessions/login_gate.ts";
import type { SessionHost } from "../sessions/session_host.ts";
import type { Home } from "../storage/home.ts";
import type { OnWork } from "../storage/work.ts";
import type { CommandTable } from "./command.ts";

/** The services and settings of the native door. */
export interface Door {
  readonly host: SessionHost;
  readonly gate: LoginGate;
  readonly commands: CommandTable;
  /** What a login is bound to; `undefined` without TLS. */
  readonly channelBinding: Uint8Array | undefined;
  /** The connection secret, when one is demanded. */
  readonly secret: Uint8Array | undefined;
  /** How the server names itself. */
  readonly agent: string;
  /** Opens a user's home; `onWork` is called as `HomeOptions` says. */
  openHome(account: Account, onWork: OnWork): Home;
}
