/** What a session's end counts against its address (`PROTOCOL.md`, "Penalties"). */
import { StatusError } from "../../protocol/status.ts";
import type { Offence } from "../sessions/admission.ts";
import { SecretError } from "./greeting.ts";
import { CrowdedError } from "./request_loop.ts";

/**
 * The offences that a failure is.
 *
 * @param isLogin whether the session had come to the login and no further
 */
export function offencesOf(error: unknown, { isLogin }: { isLogin: boolean }): Offence[] {
  // What is not answered for want of the secret counts as it would if it were.
  if (error instanceof SecretError) return ["bad proof", ...offencesOf(error.cause, { isLogin })];
  const code = error instanceof StatusError ? error.code : undefined;
  const offences: Offence[] = [];
  // A login that was right but one too many is no offence.
  if (isLogin && code !== 429) offences.push("no login");
  // Too many requests at a bad time are clumsy, and cost the session alone.
  const isMalformed = (code === 401 || code === 413) && !(error instanceof CrowdedError);
  if (isMalformed && !isTlsHello(error as StatusError)) offences.push("malformed frame");
  return offences;
}

/** A TLS client at a server without TLS has made a mistake, not an attack: its hello begins with 22, 3. */
function isTlsHello({ code, details }: StatusError): boolean {
  return code === 413 && typeof details.length === "number" && details.length >>> 16 === 0x1603;
}
