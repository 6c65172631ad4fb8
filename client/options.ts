/** The options of every subcommand that connects. */
import { infoOf } from "../files/lookup.ts";
import { readWhole } from "../files/small_file.ts";
import type { Invocation, OptionRow } from "../console/command_line.ts";
import { secretOf } from "../console/secret_file.ts";
import { parseSize } from "../console/size.ts";
import { reasonOf } from "../console/reason.ts";
import { UsageError } from "../console/exit_status.ts";
import { passwordLine } from "../console/terminal.ts";
import { type Address, portOf } from "./connection/address.ts";
import { defaultKnownHosts, KnownHosts } from "./connection/known_hosts.ts";
import type { SessionOptions } from "./connection/session.ts";

/** As the help shows them. */
export const CONNECTION_OPTIONS: readonly OptionRow[] = [
  { name: "port", value: "N", help: "port, where the address names none (2121)" },
  { name: "no-tls", help: "do not encrypt: for trusted links only" },
  { name: "fingerprint", value: "SHA256:HEX", help: "accept exactly this certificate" },
  {
    name: "ca",
    value: "FILE",
    help: "verify the certificate as a browser would, with this authority (system: the system's)",
  },
  { name: "secret-file", value: "FILE", help: "the connection secret that the server demands" },
  {
    name: "password-stdin",
    help: "read the password from the first line of stdin (else $FTP_PASSWORD, else asked for)",
  },
  { name: "known-hosts", value: "FILE", help: "where the certificates of known servers are kept" },
  { name: "connect-timeout", value: "SECONDS", help: "for the connection to come up (10)" },
  {
    name: "retries",
    value: "N",
    help: "tries to reconnect when the connection breaks (as many as 5 minutes allow; 0: none)",
  },
  { name: "limit", value: "RATE", help: "bytes a second, for example 2M" },
  { name: "no-progress", help: "no progress bar" },
];

/** How long to wait for a connection without `--connect-timeout`. */
const CONNECT_TIMEOUT_MS = 10_000;
const FINGERPRINT = /^SHA256:[0-9a-f]{64}$/;

/** What a call says about its connection. @throws {UsageError} for a value that is not valid */
export async function sessionOptions(invocation: Invocation, address: Address): Promise<SessionOptions> {
  const { options, terminal } = invocation;
  const fingerprint = options.text("fingerprint")?.replace(/[0-9A-F]{64}$/i, (hex) => hex.toLowerCase());
  if (fingerprint !== undefined && !FINGERPRINT.test(fingerprint)) {
    throw new UsageError("--fingerprint must be SHA256: and 64 hexadecimal digits");
  }
  const plain = options.has("no-tls");
  const ca = options.text("ca");
  if (plain && (fingerprint !== undefined || ca !== undefined)) {
    throw new UsageError("--no-tls has no certificate for --fingerprint or --ca");
  }
  const user = address.user ?? terminal.env("USER") ?? terminal.env("USERNAME");
  if (!user) throw new UsageError("Who? Give USER@HOST");
  const seconds = options.number("connect-timeout", { least: 1, most: 3_600 });
  return {
    user,
    password: await passwordOf(invocation, user),
    secret: secretFrom(options.text("secret-file")),
    dial: {
      host: address.host,
      port: portOf(address, options.number("port", { least: 1, most: 65_535 })),
      tls: !plain,
      fingerprint,
      authorities: ca === undefined ? undefined : ca === "system" ? [] : [readable("--ca", ca, Deno.readTextFileSync)],
      knownHosts: new KnownHosts(options.text("known-hosts") ?? defaultKnownHosts(terminal)),
      connectTimeoutMs: seconds === undefined ? CONNECT_TIMEOUT_MS : seconds * 1000,
    },
  };
}

/** Bytes a second, `undefined` for no limit. */
export function rateOf({ options }: Invocation): number | undefined {
  const rate = options.text("limit");
  if (rate === undefined) return undefined;
  const bytes = parseSize(rate.replace(/\/s$/, ""));
  if (bytes === 0) throw new UsageError("--limit must be more than 0");
  return bytes;
}

/** Where passwords come from: asked for anew at each try on a terminal, else the same one once. */
async function passwordOf({ options, terminal }: Invocation, user: string): Promise<SessionOptions["password"]> {
  const given = options.has("password-stdin") ? await passwordLine(terminal) : terminal.env("FTP_PASSWORD");
  if (given !== undefined) return { isAsked: false, get: () => Promise.resolve(given) };
  if (!terminal.isInteractive) {
    throw new UsageError("No terminal to ask for the password; give --password-stdin or set $FTP_PASSWORD");
  }
  return { isAsked: true, get: async (server) => await terminal.askSecret(`Password of ${user}@${server}:`) ?? "" };
}

function secretFrom(file: string | undefined): Uint8Array | undefined {
  if (file === undefined) return undefined;
  const content = readable("--secret-file", file, readWhole);
  return secretOf(content, { file, info: infoOf(file) });
}

function readable<T>(option: string, file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    throw new UsageError(`Cannot read ${option} "${file}": ${reasonOf(error)}`);
  }
}
