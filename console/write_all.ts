/** Text to a stream of this process, all of it. */

const encoder = new TextEncoder();
/** What to wait, in ms, where a stream that others made non-blocking takes nothing now. */
const FULL_PAUSE_MS = 5;

/** Writes all of a text. @throws the error of the operating system when the stream takes no more */
export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  for (let rest = encoder.encode(text); rest.length > 0;) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PAUSE_MS);
    }
  }
}
