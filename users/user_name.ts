/** What a user may be called. */
import { UsageError } from "../console/exit_status.ts";
import { escapeText } from "../protocol/text.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;
/** A home is a folder of that name: Windows gives these to devices, whatever follows a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/** Whether a text is a user name: 1 to 32 of `[a-z0-9._-]`, first a letter or digit, no device, no dot at the end. */
export function isUserName(name: string): boolean {
  return NAME.test(name) && !DEVICE.test(name) && !name.endsWith(".");
}

/** @throws {UsageError} when it is none */
export function checkUserName(name: string): void {
  if (isUserName(name)) return;
  throw new UsageError(
    `User name "${escapeText(name)}" is not allowed: 1 to 32 of a-z, 0-9, ".", "_" and "-", first a letter or digit`,
  );
}
