/** Listens, or says why that cannot be. */
import { reasonOf } from "../console/reason.ts";
import { StatusError } from "../protocol/status.ts";
import type { ServeConfig } from "./config.ts";
import { Listener, type ListenerDoor, type ListenerOptions } from "./listener.ts";
import { formatAddress } from "./sessions/source.ts";

/** Refuses a port that is taken before anything is made on disk. */
export function checkPort({ host: hostname, port }: Pick<ServeConfig, "host" | "port">): void {
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
export function openListener(door: ListenerDoor, options: ListenerOptions): Listener {
  return cannotListen({ hostname: options.host, port: options.port }, () => new Listener(door, options));
}
