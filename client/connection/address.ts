/** How a server and a path on it are written: `[USER@]HOST[:PORT]` and `[USER@]HOST[:PORT]:PATH`. */
import { UsageError } from "../../console/exit_status.ts";
import { escapeText } from "../../protocol/text.ts";

const DEFAULT_PORT = 2121;

/** Which server, and as whom. */
export interface Address {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** A path on a server. */
export interface RemoteSpec {
  readonly address: Address;
  readonly path: string;
}

const HOST = String.raw`(?:(?<user>[^@:/\s]+)@)?(?<host>\[[0-9a-fA-F:.%a-z]+\]|[^@:/\s[\]]+)`;
const ADDRESS = new RegExp(`^${HOST}(?::(?<port>\\d{1,5}))?$`, "u");
const SPEC = new RegExp(`^${HOST}(?::(?<port>\\d{1,5})(?=:))?:(?<path>.*)$`, "su");

/** @throws {UsageError} when the text is no address, or holds a password */
export function parseAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  if (match) return addressOf(match.groups!);
  if (/^[^@/]+:[^@/]*@/.test(text)) {
    throw new UsageError("A password does not belong on the command line; use --password-stdin or $FTP_PASSWORD");
  }
  throw new UsageError(`Not a server: "${escapeText(text)}"; a server is [USER@]HOST[:PORT]`);
}

/** Whether a text is an address and no more. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** A path on a server; `undefined` when the text is a local path. `C:\x` on Windows is local. */
export function parseRemoteSpec(text: string): RemoteSpec | undefined {
  if (/^[^@/]+:[^@/]*@/.test(text) && !/^[^@/:]+@/.test(text)) return void parseAddress(text);
  const match = SPEC.exec(text);
  if (!match || /^[A-Za-z]:[\\/]/.test(text)) return undefined;
  return { address: addressOf(match.groups!), path: match.groups!.path! };
}

function addressOf({ user, host, port }: Record<string, string | undefined>): Address {
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) throw new UsageError(`Not a port: ${port}`);
  return { user, host: canonicalHost(host!.replace(/^\[(.*)\]$/, "$1")), port: number };
}

/**
 * The one spelling of a host, as the WHATWG URL Standard has it: small letters, international names in ASCII, addresses
 * in full or in short as usual, and no dot at the end. One host has one pin.
 *
 * @throws {UsageError} when no host can be written so
 */
export function canonicalHost(host: string): string {
  // A zone names an interface of this machine. URLs have none.
  const [, address = host, zone = ""] = /^([0-9a-f:.]*:[0-9a-f:.]*)(%[^\s[\]]+)$/i.exec(host) ?? [];
  const isV6 = address.includes(":");
  const canonical = hostIn(isV6 ? `[${address}]` : address);
  if (canonical === undefined) throw new UsageError(`Not a host: "${escapeText(host)}"`);
  return isV6 ? canonical.slice(1, -1) + zone : canonical;
}

function hostIn(text: string): string | undefined {
  // What would be cut off or decoded there.
  if (/[?#\\%/@]/.test(text)) return undefined;
  try {
    return new URL(`http://${text}`).hostname.replace(/(?<=[^.])\.$/, "") || undefined;
  } catch {
    return undefined;
  }
}

/** The one spelling of `HOST:PORT`; `undefined` when the text is none. */
export function canonicalServer(text: string): string | undefined {
  const [, v6, name, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined || port === undefined) return undefined;
  try {
    return formatServer(canonicalHost(host), Number(port));
  } catch {
    return undefined;
  }
}

/** The port to dial. */
export function portOf(address: Address, option: number | undefined): number {
  return address.port ?? option ?? DEFAULT_PORT;
}

/** `HOST:PORT`, `[HOST]:PORT` for IPv6. */
export function formatServer(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
