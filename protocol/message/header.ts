/** The header of a frame: one strict UTF-8 JSON object. */
import { HEADER_DEPTH_LIMIT } from "../limits.ts";
import { StatusError } from "../status.ts";

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
 * @throws {StatusError} 401 when it is not UTF-8, not JSON, not an object, too deep, or holds a lone surrogate or a key
 *   twice
 */
export function decodeHeader(bytes: Uint8Array): Header {
  const text = decodeText(bytes);
  const header = objectOf(parse(text));
  checkKeys(text, keysOf(header));
  return header;
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
  let keys = 0;
  for (const item of value) keys += keysOf(objectOf(item));
  checkKeys(text, keys);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StatusError(401, "Frame header is not UTF-8 JSON", { cause });
  }
}

function objectOf(value: unknown): Header {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StatusError(401, "Frame header is not a JSON object");
  }
  return value as Header;
}

/** Checks depth and strings, and counts the keys. With a stack of its own: what a peer sends never recurses here. */
function keysOf(root: object): number {
  let keys = 0;
  const stack: { value: object; depth: number }[] = [{ value: root, depth: 1 }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (item.depth > HEADER_DEPTH_LIMIT) throw new StatusError(401, "Frame header is nested too deeply");
    const isList = Array.isArray(item.value);
    for (const [key, value] of Object.entries(item.value)) {
      if (!isList) keys++;
      if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
        throw new StatusError(401, "Frame header holds a lone surrogate");
      }
      if (typeof value === "object" && value !== null) stack.push({ value, depth: item.depth + 1 });
    }
  }
  return keys;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Refuses a key that an object has twice, in whatever spelling: the parser keeps the last one, and another reader may
 * keep the first. Each key has its colon, so there must be as many colons outside texts as there are keys.
 *
 * @throws {StatusError} 401
 */
function checkKeys(text: string, keys: number): void {
  // Few texts hold a colon: mostly all of them are those of keys, and no closer look is needed.
  if (colonsIn(text) !== keys && colonsIn(withoutTexts(text)) !== keys) {
    throw new StatusError(401, "Frame header has a field twice");
  }
}

function colonsIn(text: string): number {
  let colons = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) colons++;
  return colons;
}

/** What is between the texts of valid JSON. */
function withoutTexts(json: string): string {
  let rest = "";
  for (let at = 0; at < json.length;) {
    const start = json.indexOf('"', at);
    if (start < 0) return rest + json.slice(at);
    rest += json.slice(at, start);
    at = start + 1;
    while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
    at++;
  }
  return rest;
}
