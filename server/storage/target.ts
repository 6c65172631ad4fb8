/** The place that an upload is for. */
import { lookAt } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { Jail } from "./jail.ts";
import { translateOsErrors } from "./os_error.ts";

/**
 * Whether a file may go to a path, and what is there now. A link is not followed, wherever it leads: what would be
 * replaced is the link.
 *
 * @throws {StatusError} 402 when the folder is missing, 403 when it must not replace, 407 when something that is no
 *   regular file is in the way
 */
export function checkTarget(
  jail: Jail,
  path: VirtualPath,
  create: boolean,
): { place: string; info: Deno.FileInfo | undefined } {
  const place = jail.place(path);
  const info = translateOsErrors(path, () => lookAt(place));
  if (info) checkReplaceable(info, path);
  if (info && create) throw new StatusError(403, `${quote(path)} exists already`);
  return { place, info };
}

/** Only a regular file is ever replaced by a file. @throws {StatusError} 407 */
export function checkReplaceable(info: Deno.FileInfo, name: string): void {
  if (info.isDirectory) throw new StatusError(407, `${quote(name)} is a folder`);
  if (!info.isFile) throw new StatusError(407, `${quote(name)} is not a regular file`);
}
