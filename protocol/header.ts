/** The header of a frame: one strict UTF-8 JSON object. */
import { HEADER_DEPTH_LIMIT } from "./limits.ts";
import { StatusError } from "./status.ts";

/** A JSON object as parsed; what its fields are is checked by `fields.ts`. */
export type Header = { readonly [key: string]: unknown };

// With `ignoreBOM` a leading BOM stays in the text, where JSON refuses it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The bytes of a header. Fields that are `undefined` are left out. */
export function encodeHeader(header: Header): Uint8Array {
  return encoder.encode(JSON.stringify(header));
}

/**
 * Reads a header.
 *
 * @throws {StatusError} 401 when it is not UTF-8, not JSON, not an object, too deep, or holds a lone surrogate
 */
export function decodeHeader(bytes: Uint8Array): Header {
  return checkObject(parse(decodeText(bytes)));
}

/** Strict UTF-8. @throws {StatusError} 401 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new StatusError(401, "Frame header is not UTF-8 JSON", { cause });
  }
}

/**
 * Reads a JSON list of objects, each as strictly as a header.
 *
 * @throws {StatusError} 401 when it is anything else
 */
export function decodeList(text: string): Header[] {
  const value = parse(text);
  if (!Array.isArray(value)) throw new StatusError(401, "Not a list");
  return value.map(checkObject);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StatusError(401, "Frame header is not UTF-8 JSON", { cause });
  }
}

function checkObject(value: unknown): Header {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StatusError(401, "Frame header is not a JSON object");
  }
  checkValue(value);
  return value as Header;
}

/** Depth and strings, with a stack of its own: what a peer sends never recurses here. */
function checkValue(root: object): void {
  const stack: { value: object; depth: number }[] = [{ value: root, depth: 1 }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (item.depth > HEADER_DEPTH_LIMIT) throw new StatusError(401, "Frame header is nested too deeply");
    for (const [key, value] of Object.entries(item.value)) {
      if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
        throw new StatusError(401, "Frame header holds a lone surrogate");
      }
      if (typeof value === "object" && value !== null) stack.push({ value, depth: item.depth + 1 });
    }
  }
}
