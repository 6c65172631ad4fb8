/** Lists on the wire: one JSON object a line, in data frames that may be cut anywhere. */
import type { ListNote } from "../../protocol/message/commands.ts";
import { BODY_LIMIT_BYTES } from "../../protocol/limits.ts";
import type { StatusError } from "../../protocol/status.ts";
import type { Exchange } from "./exchange.ts";

const encoder = new TextEncoder();

/** The line about something that is missing in a list. */
export function noteLine(
  { error, ...note }: { readonly name: string; readonly error: StatusError; readonly skipped?: number },
  report: (error: unknown) => StatusError,
): ListNote {
  const { code, message } = report(error);
  return { ...note, code, message };
}

/** Sends some lines. `isLast`: the reply follows at once. */
export async function sendLines(
  exchange: Pick<Exchange, "sendData">,
  lines: readonly unknown[],
  { isLast }: { isLast: boolean },
): Promise<void> {
  if (lines.length === 0) return;
  const body = encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  // A page of 1,000 longest names in their longest spelling is over one frame.
  for (let at = 0; at < body.length; at += BODY_LIMIT_BYTES) {
    const isEnd = at + BODY_LIMIT_BYTES >= body.length;
    await exchange.sendData(body.subarray(at, at + BODY_LIMIT_BYTES), { isLast: isLast && isEnd });
  }
}
