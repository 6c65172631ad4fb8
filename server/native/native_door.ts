/** The native door as a listener sees it. */
import { ALPN } from "../../protocol/limits.ts";
import type { Door } from "./door.ts";
import { type Arrival, NativeSession } from "./session.ts";
import { turnAway } from "./turn_away.ts";

/** How the native door serves connections. */
export function nativeDoor(door: Door) {
  return {
    alpn: [ALPN],
    serve: (arrival: Arrival) => new NativeSession(door, arrival).run(),
    // Before it has proved the secret a client hears nothing.
    turnAway: door.secret ? undefined : turnAway,
  };
}
