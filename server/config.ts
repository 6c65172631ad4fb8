/** The options of `serve`, from the command line and from a file. */
import { readWhole } from "../files/small_file.ts";
import { dirname, resolve } from "@std/path";
import { type OptionRow, Options, ROOT_OPTION } from "../console/command_line.ts";
import { IDLE_TIMEOUT_MS, LOGIN_TIMEOUT_MS, STALL_TIMEOUT_MS } from "../protocol/limits.ts";
import { reasonOf } from "../console/reason.ts";
import { parseQuota, parseSize } from "../console/size.ts";
import { UsageError } from "../console/exit_status.ts";
import { escapeText } from "../protocol/text.ts";
import { utf8Of } from "../console/utf8.ts";
import type { AdmissionLimits } from "./sessions/admission.ts";
import type { PeerTimes } from "./sessions/peer_clock.ts";
import { readFlatToml, type TomlValue } from "./flat_toml.ts";
import { isLogLevel, type LogLevel } from "./log/log.ts";

/** The options of `serve`, as its help shows them. */
export const SERVE_OPTIONS: readonly OptionRow[] = [
  ROOT_OPTION,
  { name: "host", value: "ADDR", help: "address to listen on (0.0.0.0; [::] for IPv6)" },
  { name: "port", value: "N", help: "port to listen on (2121; 0: any free one)" },
  { name: "no-tls", help: "do not encrypt: for trusted links only" },
  { name: "cert", value: "FILE", help: "certificate in PEM (else one made on first start)" },
  { name: "key", value: "FILE", help: "its private key in PEM" },
  { name: "secret-file", value: "FILE", help: "demand this connection secret before login" },
  { name: "default-quota", value: "SIZE", help: "what adduser gives without --quota (500M)" },
  { name: "log-format", value: "FORMAT", help: "text or json (text)" },
  { name: "log-level", value: "LEVEL", help: "debug, info, warn or error (info)" },
  { name: "max-sessions", value: "N", help: "sessions in all (1024, or what the limit on open files allows)" },
  { name: "max-sessions-per-ip", value: "N", help: "sessions of one IPv4 address or IPv6 /64 (64)" },
  { name: "max-sessions-per-user", value: "N", help: "sessions of one user (16)" },
  {
    name: "max-startups",
    value: "B:P:F",
    help: "without login: F in all; of one address from B on drop P % (10:30:100)",
  },
  { name: "login-timeout", value: "SECONDS", help: "for the whole login (30)" },
  { name: "idle-timeout", value: "SECONDS", help: "without any request (300)" },
  { name: "stall-timeout", value: "SECONDS", help: "for a transfer that does not move (60)" },
  { name: "drain-timeout", value: "SECONDS", help: "for running transfers when told to stop (30)" },
  { name: "disk-reserve", value: "SIZE", help: "refuse uploads that leave less on the disk (256 MiB or 2 %)" },
  { name: "init-database", help: "make a new ftp.db where one was lost: homes stay, accounts are gone" },
  { name: "config", value: "FILE", help: "these options in TOML, paths seen from that file; the command line wins" },
];

/** The settings of a server. Times in ms, sizes in bytes. */
export interface ServeConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly secretFile: string | undefined;
  readonly defaultQuota: string | undefined;
  readonly logFormat: "text" | "json";
  readonly logLevel: LogLevel;
  readonly admission: AdmissionLimits;
  readonly maxSessionsPerUser: number;
  readonly times: PeerTimes;
  readonly drainMs: number;
  readonly diskReserve: number | undefined;
  /** Whether to go on where the database was lost. */
  readonly initDatabase: boolean;
}

/** What is said for one start only. */
const NOT_IN_FILE = ["config", "init-database"];

const MOST_SECONDS = 86_400;

/** The options of the command line, and those of the file that `--config` names. @throws {UsageError} for a file that is not valid */
export function withConfigFile(given: Options): Options {
  const file = given.text("config");
  return file === undefined ? given : given.withDefaults(readConfigFile(file));
}

/** @throws {UsageError} for a value that is not valid, whether from the command line or the file */
export function serveConfig(options: Options): ServeConfig {
  const number = (name: string, fallback: number, range = { least: 1, most: 1_000_000 }) =>
    options.number(name, range) ?? fallback;
  const seconds = (name: string, fallbackMs: number) =>
    (options.number(name, { least: 1, most: MOST_SECONDS }) ?? fallbackMs / 1000) * 1000;
  return {
    host: (options.text("host") ?? "0.0.0.0").replace(/^\[(.*)\]$/, "$1"),
    port: number("port", 2121, { least: 0, most: 65_535 }),
    tls: !options.has("no-tls"),
    certificate: certificateOf(options),
    secretFile: options.text("secret-file"),
    defaultQuota: quotaIn(options.text("default-quota")),
    logFormat: oneOf(options, "log-format", ["text", "json"]) ?? "text",
    logLevel: logLevelOf(options),
    admission: {
      maxSessions: number("max-sessions", 1024),
      maxSessionsPerIp: number("max-sessions-per-ip", 64),
      startups: startupsOf(options),
    },
    maxSessionsPerUser: number("max-sessions-per-user", 16),
    times: {
      loginMs: seconds("login-timeout", LOGIN_TIMEOUT_MS),
      idleMs: seconds("idle-timeout", IDLE_TIMEOUT_MS),
      stallMs: seconds("stall-timeout", STALL_TIMEOUT_MS),
    },
    drainMs: seconds("drain-timeout", 30_000),
    diskReserve: options.text("disk-reserve") === undefined ? undefined : parseSize(options.text("disk-reserve")!),
    initDatabase: options.has("init-database"),
  };
}

/** The text of a quota that can be read. */
function quotaIn(text: string | undefined): string | undefined {
  if (text !== undefined) parseQuota(text);
  return text;
}

function certificateOf(options: Options): ServeConfig["certificate"] {
  const [cert, key] = [options.text("cert"), options.text("key")];
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key belong together");
  if (cert !== undefined && options.has("no-tls")) throw new UsageError("--cert and --no-tls exclude each other");
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function oneOf<T extends string>(options: Options, name: string, words: readonly T[]): T | undefined {
  const value = options.text(name);
  if (value === undefined || words.includes(value as T)) return value as T | undefined;
  throw new UsageError(`--${name} must be one of ${words.join(", ")}, not "${value}"`);
}

function logLevelOf(options: Options): LogLevel {
  const level = options.text("log-level") ??
    (options.has("verbose") ? "debug" : options.has("quiet") ? "warn" : "info");
  if (isLogLevel(level)) return level;
  throw new UsageError(`--log-level must be debug, info, warn or error, not "${level}"`);
}

function startupsOf(options: Options): readonly [number, number, number] {
  const value = options.text("max-startups") ?? "10:30:100";
  const match = /^(\d{1,6}):(\d{1,3}):(\d{1,6})$/.exec(value);
  const [begin, percent, full] = match ? match.slice(1).map(Number) as [number, number, number] : [0, 101, 0];
  if (percent > 100 || full < begin) throw new UsageError(`--max-startups must look like 10:30:100, not "${value}"`);
  return [begin, percent, full];
}

/** Values that may be written as a number. */
const NUMBERS = ["N", "SECONDS", "SIZE"];
/** Values that are paths: a relative one is seen from the folder of the file. */
const PATHS = ["DIR", "FILE"];

/** Options from a TOML file: the same names as on the command line. */
function readConfigFile(file: string): ReadonlyMap<string, string | true> {
  let table: ReadonlyMap<string, TomlValue>;
  try {
    const text = utf8Of(readWhole(file));
    if (text === undefined) throw new Error("it is not UTF-8");
    table = readFlatToml(text);
  } catch (error) {
    throw new UsageError(`Cannot read the configuration "${file}": ${reasonOf(error)}`);
  }
  const values = new Map<string, string | true>();
  for (const [name, value] of table) {
    const row = SERVE_OPTIONS.find((option) => option.name === name);
    if (!row || NOT_IN_FILE.includes(name)) throw new UsageError(`Unknown option "${escapeText(name)}" in "${file}"`);
    const kinds = row.value === undefined
      ? ["boolean"]
      : NUMBERS.includes(row.value)
      ? ["string", "number"]
      : ["string"];
    if (!kinds.includes(typeof value)) {
      const wanted = row.value === undefined ? "true or false" : kinds.length > 1 ? "a text or a number" : "a text";
      throw new UsageError(`Option "${name}" in "${file}" must be ${wanted}`);
    }
    if (value === "") throw new UsageError(`Option "${name}" in "${file}" must not be empty`);
    if (row.value === undefined) { if (value === true) values.set(name, true); }
    else values.set(name, PATHS.includes(row.value) ? resolve(dirname(resolve(file)), String(value)) : String(value));
  }
  return values;
}
