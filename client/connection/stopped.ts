/** What is said of work that the user has stopped. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";

/** What continues most things. */
export const SAME_COMMAND = "the same command";

/** Whether a failure is none, but what the user asked for. */
export function isStop(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code === 206;
}

/** A stop that names what was stopped and, where something is kept, what continues it. */
export function stopOf(name: string, goesOn?: string): StatusError {
  const hint = goesOn === undefined ? "" : `; ${goesOn} continues it`;
  return new StatusError(206, `Stopped ${quote(name)}${hint}`, { details: { name } });
}

/** Makes a stop name what was stopped, unless it does; any other failure stays as it is. */
export function namingStop(error: unknown, name: string, goesOn?: string): unknown {
  return isStop(error) && error.details.name === undefined ? stopOf(name, goesOn) : error;
}
