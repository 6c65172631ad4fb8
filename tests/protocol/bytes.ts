/** Bytes written out part by part, as a specification has them. */

/** A part: raw bytes, or a text that stands for its UTF-8. */
export type Part = string | readonly number[] | Uint8Array;

/** The parts one after the other. */
export function bytesOf(...parts: Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part]),
  );
}

/** A number as four bytes, the highest first. */
export function u32(value: number): number[] {
  return [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}

/** A frame on the wire, made without the codec under test. */
export function wireFrame(header: Part, body: Part = []): Uint8Array {
  const text = bytesOf(header);
  return bytesOf(u32(text.length), text, body);
}
