/** Bytes from outside as text, or not at all: where nothing is replaced, two that differ never become the same. */
import { UsageError } from "./exit_status.ts";

const LF = 0x0a;

/** The text of some bytes without a byte order mark at its start; `undefined` when they are not UTF-8. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The lines of a file's content.
 *
 * @param name what the sentence calls the file
 * @throws {UsageError} when it is not UTF-8; the sentence shows nothing of it
 */
export function utf8Lines(content: Uint8Array, name: string): string[] {
  const text = utf8Of(content);
  if (text === undefined) throw new UsageError(`${name} is not UTF-8`);
  return text.split(/\r?\n/);
}

/**
 * The lines of a stream as they come, each decoded for itself. `TextLineStream` of `@std/streams` splits text, so one
 * wrong byte would take the lines before it along, and it reads on before the next line is asked for.
 *
 * @throws {UsageError} as `utf8Lines`
 */
export async function* utf8LinesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  let begun: Uint8Array[] = [];
  let number = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      yield lineOf([...begun, chunk.subarray(start, end)], ++number, name);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.slice(start));
  }
  if (begun.length > 0) yield lineOf(begun, ++number, name);
}

function lineOf(pieces: readonly Uint8Array[], number: number, name: string): string {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  // Only the first line may begin with the mark of the whole.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: number > 1 });
  try {
    return decoder.decode(bytes).replace(/\r$/, "");
  } catch {
    throw new UsageError(`Line ${number} of ${name} is not UTF-8`);
  }
}
