/** What a failure of a native session counts against its source (`PROTOCOL.md`, "Penalties"). */
import { StatusError } from "../../protocol/status.ts";
import type { Offence } from "../sessions/admission.ts";
import { SecretError } from "./greeting.ts";
import { CrowdedError } from "./request_loop.ts";

/** The offences that a failure is. */
export function offencesOf(error: unknown): Offence[] {
  // What is not answered for want of the secret counts as it would if it were.
  if (error instanceof SecretError) return ["bad proof", ...offencesOf(error.cause)];
  const isMalformed = error instanceof StatusError && (error.code === 401 || error.code === 413);
  // Too many requests at a bad time are clumsy, and cost the session alone.
  if (!isMalformed || error instanceof CrowdedError || isTlsHello(error)) return [];
  return ["malformed frame"];
}

/** A TLS client at a server without TLS has made a mistake, not an attack: its hello begins with 22, 3. */
function isTlsHello({ code, details }: StatusError): boolean {
  return code === 413 && typeof details.length === "number" && details.length >>> 16 === 0x1603;
}
