/** `ftp serve`: from the command line to a server that listens. */
import { infoOf } from "../files/lookup.ts";
import { readWhole } from "../files/small_file.ts";
import type { Invocation, Subcommand } from "../console/command_line.ts";
import { reasonOf } from "../console/reason.ts";
import { secretOf } from "../console/secret_file.ts";
import { EXIT, UsageError } from "../console/exit_status.ts";
import type { StatusError } from "../protocol/status.ts";
import { setDefaultQuota } from "../users/default_quota.ts";
import { openDatabase } from "../users/database.ts";
import { lostDatabase } from "../users/lost_database.ts";
import { type Root, rootOf } from "../users/root.ts";
import { announce, openLog } from "./announce.ts";
import { SERVE_OPTIONS, serveConfig, withConfigFile } from "./config.ts";
import { identityFor } from "./identity.ts";
import type { Log } from "./log/log.ts";
import { checkPort } from "./open_listener.ts";
import { lockRoot } from "./root_lock.ts";
import { Server } from "./server.ts";
import { StopSignals } from "./stop.ts";

/** The subcommand. */
export const serve: Subcommand = {
  name: "serve",
  usage: "",
  summary: "Runs the server in the foreground until SIGINT, SIGTERM or SIGHUP.",
  arity: [0, 0],
  options: SERVE_OPTIONS,
  run: runServer,
};

/** Checks everything, then makes what a first start has to make, then serves. */
async function runServer(invocation: Invocation): Promise<number> {
  const options = withConfigFile(invocation.options);
  const config = serveConfig(options);
  const { terminal } = invocation;
  using signals = new StopSignals(terminal, () => performance.now());
  await using logging = openLog(config, terminal);
  const { log } = logging;
  const secret = config.secretFile === undefined ? undefined : readSecret(config.secretFile);
  const root = rootOf({ options, terminal });
  checkPlace(root);
  checkPort(config);
  // First of all: what is refused then finds its root as it left it.
  const lost = lostDatabase(root.database);
  if (lost && !config.initDatabase) throw lost;
  using _lock = lockRoot(root);
  const identity = config.tls ? await identityFor(config.certificate, root.tls) : undefined;
  const database = openDatabase(root.database, { init: config.initDatabase });
  using _database = { [Symbol.dispose]: () => database.close() };
  if (config.initDatabase) noteNewDatabase(root, { log, lost });
  if (config.defaultQuota !== undefined) setDefaultQuota(database, config.defaultQuota);
  const server = new Server(database, { config, root, identity, secret, log, terminal });
  // What a server never needs once it listens: programs, foreign code, and connections to elsewhere.
  await terminal.giveUp("run", "ffi", "net");
  void announce(invocation, { address: server.address, identity, log });
  if (!identity) log.warn("no encryption", { reason: "--no-tls: passwords are safe, files are not" });
  if (identity?.warning) log.warn("certificate", { reason: identity.warning });
  await server.run(signals);
  return EXIT.done;
}

/** What `--init-database` has done. */
function noteNewDatabase({ database, homes }: Root, { log, lost }: { log: Log; lost: StatusError | undefined }): void {
  log.warn("init-database", {
    database,
    reason: lost
      ? `made without accounts; what is in ${homes} stays, and ftp adduser NAME --adopt-home takes a home over`
      : "nothing to do: no database was lost",
  });
}

function readSecret(file: string): Uint8Array {
  try {
    return secretOf(readWhole(file), { file, info: infoOf(file) });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read the secret file "${file}": ${reasonOf(error)}`);
  }
}

/** Deno gives a program of limited permissions no access below these, so a server there could serve nothing. */
function checkPlace({ directory }: Root): void {
  if (!/^\/(?:dev|proc|sys)\//.test(directory)) return;
  throw new UsageError(`The root "${directory}" cannot be used: files below /dev, /proc and /sys are out of reach`);
}
