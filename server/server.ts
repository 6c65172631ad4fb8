/** A server that listens: its homes, its sessions, its doors, and what happens once a second. */
import type { DatabaseSync } from "node:sqlite";
import type { Terminal } from "../console/terminal.ts";
import { AGENT } from "../protocol/version.ts";
import { Accounts } from "../users/accounts.ts";
import { FakeCredentials } from "../users/credentials.ts";
import type { Root } from "../users/root.ts";
import type { ServeConfig } from "./config.ts";
import { shareDescriptors } from "./descriptors.ts";
import { Homes } from "./homes.ts";
import type { Identity } from "./identity.ts";
import type { Listener } from "./listener.ts";
import type { Log } from "./log/log.ts";
import { COMMAND_TABLE } from "./native/commands/command_table.ts";
import { nativeDoor } from "./native/native_door.ts";
import { openListener } from "./open_listener.ts";
import { Admission } from "./sessions/admission.ts";
import { LoginGate } from "./sessions/login_gate.ts";
import { CHECK_MS } from "./sessions/peer_clock.ts";
import { SessionRegistry } from "./sessions/registry.ts";
import { type StopSignals, untilStopped } from "./stop.ts";

/** What a server is made of besides its database. */
export interface ServerSetup {
  readonly config: ServeConfig;
  readonly root: Root;
  /** `undefined` without TLS. */
  readonly identity: Identity | undefined;
  /** The connection secret, when one is demanded. */
  readonly secret: Uint8Array | undefined;
  readonly log: Log;
  readonly terminal: Terminal;
}

/** One server on one root. */
export class Server {
  readonly #registry = new SessionRegistry();
  readonly #homes: Homes;
  readonly #listener: Listener;
  readonly #drainMs: number;
  readonly #log: Log;
  readonly #terminal: Terminal;

  /** Listens; `run` lets connections in. @throws {StatusError} 500 when the address or enough files cannot be had */
  constructor(database: DatabaseSync, { config, root, identity, secret, log, terminal }: ServerSetup) {
    const { diskReserve, maxSessionsPerUser, times, host, port } = config;
    const { sessions: maxSessions, sockets, groupedFiles } = shareDescriptors(config.admission.maxSessions, {
      terminal,
      log,
    });
    const accounts = new Accounts(database);
    this.#homes = new Homes(database, { root, log, diskReserve, groupedFiles });
    const door = nativeDoor({
      host: { registry: this.#registry, accounts, log, times, maxSessionsPerUser },
      gate: new LoginGate(accounts, { fakes: new FakeCredentials(database), log }),
      commands: COMMAND_TABLE,
      channelBinding: identity?.channelBinding,
      secret,
      agent: AGENT,
      openHome: (account, onWork) => this.#homes.open(account, onWork),
    });
    const clock = { now: () => performance.now(), random: Math.random };
    const admission = new Admission({ ...config.admission, maxSessions }, clock);
    this.#listener = openListener(door, { host, port, identity, sockets, admission, log });
    this.#drainMs = config.drainMs;
    this.#log = log;
    this.#terminal = terminal;
  }

  get address(): Deno.NetAddr {
    return this.#listener.address;
  }

  /** Serves until a signal comes and what runs has ended, or a second signal does. */
  async run(signals: StopSignals): Promise<void> {
    const timer = setInterval(() => {
      this.#registry.checkPeers();
      this.#registry.checkAccounts();
      this.#homes.keep();
    }, CHECK_MS);
    // A promise that failed and that nothing waited for must not end the server.
    using _guard = this.#terminal.onStrayFailure((error) => void this.#log.failure("stray failure", error));
    void this.#listener.run();
    try {
      await untilStopped(signals, {
        log: this.#log,
        sessions: this.#registry,
        drainMs: this.#drainMs,
        stopAccepting: () => this.#listener.close(),
      });
    } finally {
      clearInterval(timer);
    }
    this.#homes.finish();
  }
}
