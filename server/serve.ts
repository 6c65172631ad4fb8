/** `ftp serve`: everything a server consists of, put together. */
import { stagingName } from "../files/staging_name.ts";
import { endSignals } from "../console/job_control.ts";
import type { Invocation, Subcommand } from "../console/command_line.ts";
import { HANDSHAKE_TIMEOUT_MS } from "../protocol/limits.ts";
import { reasonOf } from "../console/reason.ts";
import { secretOf } from "../console/secret_file.ts";
import { EXIT, UsageError } from "../console/exit_status.ts";
import { StatusError } from "../protocol/status.ts";
import { AGENT } from "../protocol/version.ts";
import { type Account, Accounts } from "../users/accounts.ts";
import { setDefaultQuota } from "../users/commands.ts";
import { FakeCredentials } from "../users/credentials.ts";
import { openDatabase } from "../users/database.ts";
import { lostDatabase } from "../users/lost_database.ts";
import { QuotaLedger } from "../users/quota_ledger.ts";
import { UploadRecords } from "../users/upload_records.ts";
import { type Root, rootOf } from "../users/root.ts";
import { rootId } from "../users/root_id.ts";
import { announce, openLog } from "./announce.ts";
import { SERVE_OPTIONS, type ServeConfig, serveConfig, withConfigFile } from "./config.ts";
import { freeDescriptors, shareOut, type Shares, wantedDescriptors, warningOf } from "./descriptors.ts";
import { catchUp, sweepParts } from "./housekeeping.ts";
import { type Identity, loadIdentity, ownIdentity } from "./identity.ts";
import type { Log } from "./log/log.ts";
import { LoginThrottle } from "./sessions/login_throttle.ts";
import type { Door } from "./native/door.ts";
import { CHECK_MS } from "./sessions/peer_clock.ts";
import { SessionRegistry } from "./sessions/registry.ts";
import { checkPort, openListener } from "./open_listener.ts";
import { recover } from "./recovery.ts";
import { lockRoot } from "./root_lock.ts";
import { DigestCache } from "./storage/digest_cache.ts";
import { Home } from "./storage/home.ts";
import { OpenFiles } from "./storage/open_files.ts";
import { UploadDesk } from "./storage/upload_desk.ts";
import { type SharedPlace, userPlace } from "./storage/user_place.ts";
import { StopSignals, untilStopped } from "./stop.ts";

const FAILED_LOGIN_MS = 1_000;

/** The subcommand. */
export const serve: Subcommand = {
  name: "serve",
  usage: "",
  summary: "Runs the server in the foreground until SIGINT, SIGTERM or SIGHUP.",
  arity: [0, 0],
  options: SERVE_OPTIONS,
  run: runServer,
};

async function runServer(invocation: Invocation): Promise<number> {
  const options = withConfigFile(invocation.options);
  const config = serveConfig(options);
  const { terminal } = invocation;
  using signals = new StopSignals(await endSignals(), () => performance.now());
  await using logging = openLog(config, terminal);
  const { log } = logging;
  const secret = config.secretFile === undefined ? undefined : readSecret(config.secretFile);
  const root = rootOf({ options, terminal });
  checkPlace(root);
  checkPort(config);
  // First of all: what is refused then finds its root as it left it.
  const lost = lostDatabase(root.database);
  if (lost && !config.initDatabase) throw lost;
  using _lock = await lockRoot(root);
  const identity = config.tls ? await identityOf(root, config) : undefined;
  const database = openDatabase(root.database, { init: config.initDatabase });
  using _database = { [Symbol.dispose]: () => database.close() };
  if (config.initDatabase) noteNewDatabase(root, { log, lost });
  if (config.defaultQuota !== undefined) setDefaultQuota(database, config.defaultQuota);
  const ledger = new QuotaLedger(database);
  const records = new UploadRecords(database);
  const desk = new UploadDesk(ledger, records, { onTrouble: (error) => void log.failure("not tidied", error) });
  const hidden = stagingName(rootId(database));
  const shared: SharedPlace = { ...root, hidden, digests: new DigestCache(), diskReserve: config.diskReserve };
  const placeOf = (account: Pick<Account, "id" | "name">) => userPlace(account, shared);
  const shares = shareDescriptors(config, log);
  const openFiles = new OpenFiles(shares.groupedFiles);
  const recovery = recover(database, { root, records, log, hidden, placeOf });
  const door: Door = {
    identity,
    secret,
    accounts: new Accounts(database),
    fakes: new FakeCredentials(database),
    throttle: new LoginThrottle(() => performance.now()),
    sessions: new SessionRegistry(),
    log,
    times: {
      handshakeMs: HANDSHAKE_TIMEOUT_MS,
      loginMs: config.loginMs,
      idleMs: config.idleMs,
      stallMs: config.stallMs,
      failedLoginMs: FAILED_LOGIN_MS,
    },
    maxSessionsPerUser: config.maxSessionsPerUser,
    agent: AGENT,
    openHome: (account, onWork) => new Home({ place: placeOf(account), ledger, desk, openFiles, onWork }),
  };
  const listener = openListener(config, door, shares);
  await dropPermissions();
  void announce(invocation, { address: listener.address, identity, log });
  if (!identity) log.warn("no encryption", { reason: "--no-tls: passwords are safe, files are not" });
  if (identity?.warning) log.warn("certificate", { reason: identity.warning });
  const sweep = setInterval(() => {
    door.sessions.checkPeers();
    door.sessions.checkAccounts();
    catchUp(ledger, log);
    sweepParts(desk.parts, { accounts: door.accounts, placeOf, log });
  }, CHECK_MS);
  using _guard = catchStrays(log);
  void listener.run();
  try {
    await untilStopped(signals, {
      log,
      sessions: door.sessions,
      drainMs: config.drainMs,
      stopAccepting: () => listener.close(),
    });
  } finally {
    clearInterval(sweep);
  }
  if (!ledger.isBehind) recovery.finish();
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

/** A promise that nobody waited for must not end the server: it is logged, and everybody else goes on. */
function catchStrays(log: Log): Disposable {
  const onStray = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    log.failure("stray failure", event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onStray);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", onStray) };
}

async function identityOf(root: Root, { certificate }: ServeConfig): Promise<Identity> {
  return certificate ? loadIdentity(certificate.cert, certificate.key) : await ownIdentity(root.tls);
}

function readSecret(file: string): Uint8Array {
  try {
    return secretOf(Deno.readFileSync(file), { file, info: Deno.lstatSync(file) });
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

/** Finds out how many connections there can be, and says so where they are fewer than was asked for. */
function shareDescriptors(config: ServeConfig, log: Log): Shares {
  const { maxSessions } = config.admission;
  const free = freeDescriptors(wantedDescriptors(maxSessions));
  const shares = shareOut(free, maxSessions);
  const warning = warningOf(shares, { free, maxSessions });
  if (warning) log.warn("few descriptors", { reason: warning, sessions: shares.sessions });
  return shares;
}

/** Gives up what a server never needs once it listens: programs, foreign code, and connections to elsewhere. */
async function dropPermissions(): Promise<void> {
  for (const name of ["run", "ffi", "net"] as const) await Deno.permissions.revoke({ name });
}
