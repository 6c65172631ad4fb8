/**
 * Checked fields: what a header must hold, as a table from which its type is derived. By hand: a refusal has the code and
 * the sentence of this protocol, where a schema library has its own.
 */
import type { Header } from "./header.ts";
import { NONCE_BYTES } from "../limits.ts";
import { StatusError } from "../status.ts";
import { type VirtualPath, virtualPath } from "../virtual_path.ts";

/** Turns an unchecked value into a checked one, or returns `undefined` when it is not valid. */
export interface Field<T> {
  /** What a valid value is, for the sentence that refuses another. */
  readonly kind: string;
  /** The field may be absent. */
  readonly optional?: true;
  /** The checked value, or `undefined` when it is not valid; a path may throw {@linkcode StatusError} 411. */
  read(value: unknown): T | undefined;
}

/** A table of fields. */
export type Shape = Readonly<Record<string, Field<unknown>>>;

/** @internal The names of the fields that may be absent. */
type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends { optional: true } ? K : never }[keyof S];

/** The type of a header with these fields. */
export type Fields<S extends Shape> =
  & { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: S[K] extends Field<infer T> ? T : never }
  & { readonly [K in OptionalKeys<S>]?: S[K] extends Field<infer T> ? T : never };

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a value is a whole number from 0 to 2^53 - 1. */
export function isSafeCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

/** The furthest time from 1970 that a `Date` can hold, in ms. */
const MOST_TIME_MS = 8.64e15;

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= MOST_TIME_MS && !Object.is(value, -0);
}

function isNonce(value: string): boolean {
  try {
    return Uint8Array.fromBase64(value, { lastChunkHandling: "strict" }).length === NONCE_BYTES && !/\s/.test(value);
  } catch {
    return false;
  }
}

function field<T>(kind: string, accepts: (value: unknown) => boolean): Field<T> {
  return { kind, read: (value) => accepts(value) ? value as T : undefined };
}

/** Any text. */
export const text: Field<string> = field("a text", (value) => typeof value === "string");
/** A short list of texts. */
export const texts: Field<string[]> = field(
  "a list of at most 16 texts",
  (value) => Array.isArray(value) && value.length <= 16 && value.every((item) => typeof item === "string"),
);
/** A size, an offset, an id, a count: 0 to 2^53 - 1. */
export const count: Field<number> = field("a whole number from 0 to 2^53 - 1", isSafeCount);
/** A size, or `null` for none: no limit. */
export const countOrNone: Field<number | null> = field(
  "a whole number or null",
  (value) => value === null || isSafeCount(value),
);
/** A time in milliseconds since 1970, which may be negative: what a `Date` can hold. */
export const time: Field<number> = field("a time in milliseconds, at most 8.64e15 from 1970", isTime);
/** A time, or `null` where there is none or an impossible one: nothing else of what it belongs to is worse for that. */
export const timeIfKnown: Field<number | null> = {
  kind: "a time",
  read: (value) => isTime(value) ? value : null,
};
/** True or false. */
export const flag: Field<boolean> = field("true or false", (value) => typeof value === "boolean");
/** SHA-256 in 64 lower-case hexadecimal digits. */
export const sha256: Field<string> = field(
  "64 hexadecimal digits",
  (value) => typeof value === "string" && SHA256.test(value),
);
/** The base64 of exactly 32 bytes, in its one spelling. */
export const nonce: Field<string> = field(
  `${NONCE_BYTES} bytes in base64`,
  (value) => typeof value === "string" && isNonce(value),
);
/** How a program names itself: a short text. */
export const label: Field<string> = field(
  "a text of at most 255 characters",
  (value) => typeof value === "string" && value.length <= 255,
);
/** A path, resolved from the top of the home; refuses with 411 by itself. */
export const path: Field<VirtualPath> = {
  kind: "a path",
  read: (value) => typeof value === "string" ? virtualPath(value) : undefined,
};

/** One of a few words. */
export function oneOf<const T extends string>(...words: T[]): Field<T> {
  return field(`one of ${words.join(", ")}`, (value) => words.includes(value as T));
}

/** The same field, which may be absent. */
export function optional<T>(field: Field<T>): Field<T> & { readonly optional: true } {
  return { ...field, optional: true };
}

/** The rows of each table, listed once: lists of thousands of lines are read by the same one. */
const rowsOfShape = new WeakMap<Shape, [string, Field<unknown>][]>();

function entriesOf(shape: Shape): [string, Field<unknown>][] {
  let rows = rowsOfShape.get(shape);
  if (!rows) rowsOfShape.set(shape, rows = Object.entries(shape));
  return rows;
}

/** What is to be done with fields that the table does not name. */
export type UnknownFields = "refuse" | "ignore";

/**
 * Reads a header against a table.
 *
 * @param header what arrived
 * @param shape what is allowed
 * @param unknown requests refuse unknown fields; replies ignore them, so that a newer server may say more
 * @throws {StatusError} 401 naming the field that is missing, wrong or unknown; 411 for a path that is not allowed
 */
export function readFields<S extends Shape>(header: Header, shape: S, unknown: UnknownFields = "refuse"): Fields<S> {
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, field] of entriesOf(shape)) {
    const value = Object.hasOwn(header, name) ? header[name] : undefined;
    if (value === undefined && field.optional) continue;
    const checked = field.read(value);
    if (checked === undefined) throw new StatusError(401, `Field "${name}" must be ${field.kind}`);
    result[name] = checked;
  }
  if (unknown === "refuse") {
    for (const name of Object.keys(header)) {
      if (!Object.hasOwn(shape, name)) throw new StatusError(401, "The request has a field that is not known");
    }
  }
  return result as Fields<S>;
}
