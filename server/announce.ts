/** What a server says of itself: the one line on stdout, and the log on stderr. Neither may stop it. */
import type { Invocation } from "../console/command_line.ts";
import { reasonOf } from "../console/reason.ts";
import type { Terminal } from "../console/terminal.ts";
import type { ServeConfig } from "./config.ts";
import type { Identity } from "./identity.ts";
import { Log } from "./log/log.ts";
import { LogWriter } from "./log/log_writer.ts";
import { formatAddress } from "./sessions/source.ts";

/** How long the end of a server waits for its last lines. */
const LAST_LINES_MS = 1_000;

/** The log of a server on stderr. Dispose of it at last: what waits is written then, if that can be done soon. */
export function openLog(config: ServeConfig, terminal: Terminal): { log: Log } & AsyncDisposable {
  const log: Log = new Log({
    format: config.logFormat,
    level: config.logLevel,
    write: (line) => writer.line(line),
  });
  const writer = new LogWriter({
    write: (bytes) => terminal.writeSome("stderr", bytes),
    lostLine: (lines) => log.format("warn", "log lines lost", { lines }),
  });
  return { log, [Symbol.asyncDispose]: () => writer.end(LAST_LINES_MS) };
}

/** Says where the server listens; when that cannot be written, the log says so. */
export async function announce(
  { options, terminal }: Invocation,
  { address, identity, log }: { address: Deno.NetAddr; identity: Identity | undefined; log: Log },
): Promise<void> {
  const { hostname: host, port } = address;
  const how = identity ? `tls fingerprint ${identity.fingerprint}` : "plain";
  const line = options.has("json")
    ? JSON.stringify({ event: "listening", host, port, tls: !!identity, fingerprint: identity?.fingerprint ?? null })
    : `listening on ${formatAddress(address)} ${how}`;
  let rest = new TextEncoder().encode(`${line}\n`);
  try {
    while (rest.length > 0) rest = rest.subarray(await terminal.writeSome("stdout", rest));
  } catch (error) {
    log.warn("not announced", { address: formatAddress(address), cause: reasonOf(error) });
  }
}
