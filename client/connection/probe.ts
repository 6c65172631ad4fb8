/** A look at a server's certificate before anything is trusted: one handshake, and nothing is sent. */
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { ALPN } from "../../protocol/limits.ts";
import { reasonOf } from "../../console/reason.ts";
import { ConnectionError } from "../../console/exit_status.ts";
import { formatServer } from "./address.ts";
import { inTime } from "./in_time.ts";

/**
 * The certificate that a server shows, in DER.
 *
 * @throws {ConnectionError} when it cannot be reached, or does not speak TLS
 */
export async function probeCertificate(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const socket = connect({
    host,
    port,
    // What it shows is judged by the caller: by fingerprint, by authority, or by the login that is bound to it.
    rejectUnauthorized: false,
    ALPNProtocols: [ALPN],
  }, () => resolve(new Uint8Array(socket.getPeerCertificate().raw)));
  let isConnected = false;
  socket.on("connect", () => isConnected = true);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("it closed the connection")));
  try {
    return await inTime(promise, { ms: timeoutMs, late: new Error("it did not answer in time") });
  } catch (cause) {
    const what = isConnected ? "No TLS with" : "Cannot connect to";
    throw new ConnectionError(`${what} ${formatServer(host, port)}: ${reasonOf(cause)}`, { cause });
  } finally {
    socket.destroy();
  }
}

/** A host name that a certificate is valid for; needed to check a pinned one whatever address was dialled. */
export function nameInCertificate(der: Uint8Array): string {
  const names = new X509Certificate(der).subjectAltName ?? "";
  const match = /(?:^|, )(?:DNS:|IP Address:)([^,\s]+)/.exec(names);
  if (!match) throw new ConnectionError("The server's certificate names no host (subjectAltName)");
  return match[1]!.replace(/^\*/, "any");
}
