/** The connection secret as it stands in a file. Both ends read it alike. */
import { UsageError } from "./exit_status.ts";
import { utf8Of } from "./utf8.ts";

const SECRET_LEAST_BYTES = 16;

/**
 * The secret that a file's content gives: its bytes without white space at the ends.
 *
 * @param content what is in the file
 * @param info the file's type and mode, as `Deno.lstatSync` has them
 * @throws {UsageError} when it is a link, others may read it, it is not UTF-8, or it is under 16 bytes
 */
export function secretOf(
  content: Uint8Array,
  { file, info }: { file: string; info: { readonly isFile: boolean; readonly mode: number | null } },
): Uint8Array {
  if (!info.isFile) throw new UsageError(`The secret file "${file}" is not a regular file`);
  if (info.mode !== null && (info.mode & 0o077) !== 0) {
    throw new UsageError(`The secret file "${file}" may be read by others; make it 0600`);
  }
  const text = utf8Of(content);
  if (text === undefined) {
    throw new UsageError(`The secret in "${file}" is not UTF-8; head -c 32 /dev/urandom | base64 makes one`);
  }
  const secret = new TextEncoder().encode(text.trim());
  if (secret.length < SECRET_LEAST_BYTES) {
    throw new UsageError(`The secret in "${file}" is shorter than ${SECRET_LEAST_BYTES} bytes`);
  }
  return secret;
}
