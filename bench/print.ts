/** Where the bench writes to. */

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  for (let rest = encoder.encode(text); rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
}

/** A line of the result, on stdout. */
export function print(line = ""): void {
  writeAll(Deno.stdout, `${line}\n`);
}

/** A line about how it goes, on stderr. */
export function note(line: string): void {
  writeAll(Deno.stderr, `${line}\n`);
}
