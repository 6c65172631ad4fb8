/** A connection to a server, and how far its certificate can be trusted. */
import { channelBindingOf, fingerprintOf, pemOf } from "../../protocol/login/certificate.ts";
import { ALPN } from "../../protocol/limits.ts";
import { reasonOf } from "../../console/reason.ts";
import { ConnectionError, TrustError } from "../../console/exit_status.ts";
import { formatServer } from "./address.ts";
import { inTime } from "./in_time.ts";
import type { KnownHosts } from "./known_hosts.ts";
import { nameInCertificate, probeCertificate } from "./probe.ts";

/** How to reach a server. */
export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Accept exactly this certificate: `SHA256:` and 64 hexadecimal digits. */
  readonly fingerprint: string | undefined;
  /** Verify as a browser would, with these authorities in PEM besides the system's. */
  readonly authorities: readonly string[] | undefined;
  readonly knownHosts: KnownHosts;
  readonly connectTimeoutMs: number;
  /** Told what is done, for those who want to know. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** A connection on which nothing has been said. */
export interface Dialled {
  readonly connection: Deno.TcpConn | Deno.TlsConn;
  /** `HOST:PORT`. */
  readonly server: string;
  /** With TLS: what a login is bound to, and the certificate's fingerprint. */
  readonly channelBinding: Uint8Array | undefined;
  readonly fingerprint: string | undefined;
  /** Remembers the certificate; to be called after a login that was bound to it. */
  pin(): void;
}

/** @throws {ConnectionError} when the server cannot be reached or its certificate is not the right one */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { host, port, knownHosts } = options;
  const server = formatServer(host, port);
  if (!options.tls) {
    const connection = await connectTcp(options);
    return { connection, server, channelBinding: undefined, fingerprint: undefined, pin: () => {} };
  }
  const trust = await trustFor(options, server);
  const connection = await connectTls(options, { server, ...trust });
  options.trace?.(`TLS with the certificate ${fingerprintOf(trust.certificate)}, ${trust.why}`);
  return {
    connection,
    server,
    channelBinding: channelBindingOf(trust.certificate),
    fingerprint: fingerprintOf(trust.certificate),
    pin: () => {
      // An authority vouches for it, and may vouch for the next one: nothing is pinned.
      if (!options.authorities) knownHosts.add(server, trust.certificate);
    },
  };
}

interface Trust {
  readonly certificate: Uint8Array;
  readonly hostname: string;
  readonly caCerts: readonly string[];
  /** The line of the known hosts that it comes from. */
  readonly pinnedLine: number | undefined;
  /** Why it is trusted, as a part of a sentence. */
  readonly why: string;
}

/** Which certificate has to be shown. */
async function trustFor(options: DialOptions, server: string): Promise<Trust> {
  const { host, port, fingerprint, authorities, knownHosts, connectTimeoutMs } = options;
  const pinned = fingerprint === undefined && !authorities ? knownHosts.find(server) : undefined;
  const certificate = pinned?.certificate ?? await probeCertificate(host, port, connectTimeoutMs);
  if (fingerprint !== undefined && fingerprintOf(certificate) !== fingerprint) {
    throw new TrustError(
      `The certificate of ${server} is ${fingerprintOf(certificate)}, not ${fingerprint} as --fingerprint demands`,
    );
  }
  if (authorities) {
    return { certificate, hostname: host, caCerts: authorities, pinnedLine: undefined, why: "verified as --ca says" };
  }
  return {
    certificate,
    hostname: nameInCertificate(certificate),
    caCerts: [pemOf(certificate)],
    pinnedLine: pinned?.line,
    why: pinned
      ? `pinned in line ${pinned.line} of "${knownHosts.file}"`
      : fingerprint !== undefined
      ? "the one that --fingerprint names"
      : "a first contact: it is pinned when the login succeeds",
  };
}

async function connectTcp({ host, port, connectTimeoutMs, trace }: DialOptions): Promise<Deno.TcpConn> {
  const server = formatServer(host, port);
  const connecting = Deno.connect({ hostname: host, port });
  try {
    const connection = await inTime(connecting, { ms: connectTimeoutMs, late: new Error("no answer in time") });
    connection.setNoDelay(true);
    const { hostname: address, port: actual } = connection.remoteAddr as Deno.NetAddr;
    trace?.(`Connected to ${server} at ${formatServer(address, actual)}`);
    return connection;
  } catch (cause) {
    // If it comes up after all, nobody wants it any more.
    connecting.then((connection) => connection.close(), () => {});
    throw new ConnectionError(`Cannot connect to ${server}: ${reasonOf(cause)}`, { cause });
  }
}

async function connectTls(options: DialOptions, trust: Trust & { server: string }): Promise<Deno.TlsConn> {
  const { hostname, caCerts, server } = trust;
  let failure: unknown;
  const handshake = shakeHands(await connectTcp(options), { hostname, caCerts: [...caCerts], alpnProtocols: [ALPN] });
  const late = new Error("no handshake in time");
  try {
    return await inTime(handshake, { ms: options.connectTimeoutMs, late });
  } catch (error) {
    failure = error;
    // If it comes up after all, nobody wants it any more.
    handshake.then((connection) => connection.close(), () => {});
  }
  await explainChange(options, trust);
  throw new ConnectionError(`No TLS with ${server}: ${reasonOf(failure)}`, { cause: failure });
}

async function shakeHands(tcp: Deno.TcpConn, options: Deno.StartTlsOptions): Promise<Deno.TlsConn> {
  const connection = await Deno.startTls(tcp, options);
  try {
    const { alpnProtocol } = await connection.handshake();
    if (alpnProtocol === ALPN) return connection;
    throw new Error("the server does not speak our protocol (ALPN)");
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A pinned certificate that no longer fits has an explanation of its own. */
async function explainChange(
  { host, port, knownHosts, connectTimeoutMs }: DialOptions,
  { certificate, pinnedLine, server }: Trust & { server: string },
): Promise<void> {
  if (pinnedLine === undefined) return;
  const shown = fingerprintOf(await probeCertificate(host, port, connectTimeoutMs));
  if (shown === fingerprintOf(certificate)) return;
  throw new TrustError(
    `The certificate of ${server} has changed: it was ${fingerprintOf(certificate)} and is now ${shown}. ` +
      `Either the server was set up anew, or somebody is in between. Ask its operator; if the new one is right, ` +
      `remove line ${pinnedLine} of "${knownHosts.file}" and connect again`,
  );
}
