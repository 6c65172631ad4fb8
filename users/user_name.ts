/** What a user may be called. */
import { UsageError } from "../console/exit_status.ts";
import { isAllowedOnWindows } from "../files/windows_name.ts";
import { escapeText } from "../protocol/text.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** Whether a text is a user name, and a home on any system may have it: 1 to 32 of `[a-z0-9._-]`, first a letter or digit, no device, no dot at the end. */
export function isUserName(name: string): boolean {
  return NAME.test(name) && isAllowedOnWindows(name);
}

/** @throws {UsageError} when it is none */
export function checkUserName(name: string): void {
  if (isUserName(name)) return;
  throw new UsageError(
    `User name "${escapeText(name)}" is not allowed: 1 to 32 of a-z, 0-9, ".", "_" and "-", first a letter or digit`,
  );
}
