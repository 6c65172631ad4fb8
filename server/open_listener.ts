/** How a server comes to listen: what every connection meets, in order. */
import { reasonOf } from "../console/reason.ts";
import { StatusError } from "../protocol/status.ts";
import { Admission } from "./sessions/admission.ts";
import type { ServeConfig } from "./config.ts";
import type { Shares } from "./descriptors.ts";
import { type Accepted, Listener } from "./listener.ts";
import type { Door } from "./native/door.ts";
import { Session } from "./native/session.ts";
import { turnAway } from "./native/turn_away.ts";
import { formatAddress } from "./sessions/source.ts";

/** Refuses a port that is taken before anything is made on disk. */
export function checkPort({ host: hostname, port }: ServeConfig): void {
  if (port !== 0) cannotListen({ hostname, port }, () => Deno.listen({ hostname, port }).close());
}

function cannotListen<T>(address: { hostname: string; port: number }, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StatusError(500, `Cannot listen on ${formatAddress(address)}: ${reasonOf(cause)}`, { cause });
  }
}

/** Listens; `run` of what is returned lets connections in. @throws {StatusError} 500 when the address cannot be had */
export function openListener(config: ServeConfig, door: Door, { sessions, sockets }: Shares): Listener {
  const { host, port } = config;
  const limits = { ...config.admission, maxSessions: sessions };
  const admission = new Admission(limits, { now: () => performance.now(), random: Math.random });
  const serve = async ({ connection, ticket, address }: Accepted) => {
    await new Session(connection, { door, ticket, address }).run();
  };
  const { identity, log, secret, times: { handshakeMs } } = door;
  return cannotListen(
    { hostname: host, port },
    () =>
      new Listener({
        host,
        port,
        identity,
        handshakeMs,
        sockets,
        admission,
        log,
        serve,
        // Before it has proved the secret a client hears nothing.
        turnAway: secret ? undefined : turnAway,
      }),
  );
}
