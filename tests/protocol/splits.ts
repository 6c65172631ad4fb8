/** One text of bytes in many chunkings: whoever reads a stream must not care which one it gets. */
import { randomSource } from "../random.ts";

/** A way to cut bytes, with a name for the message of a failure. */
export interface Split {
  readonly name: string;
  readonly chunks: readonly Uint8Array[];
}

const RANDOM_SPLITS = 20;

/** The bytes whole, byte by byte, and cut at random; as views of one buffer and as copies, which are joined differently. */
export function splitsOf(bytes: Uint8Array): Split[] {
  const every = Array.from({ length: bytes.length }, (_, at) => at);
  const splits = [split("whole", bytes, []), split("byte by byte", bytes, every)];
  for (let seed = 1; seed <= RANDOM_SPLITS; seed++) {
    const random = randomSource(seed);
    const most = 1 + random(bytes.length);
    const cuts: number[] = [];
    for (let at = random(most); at < bytes.length; at += 1 + random(most)) cuts.push(at);
    splits.push(split(`random ${seed}`, bytes, cuts));
  }
  return splits.flatMap(({ name, chunks }, index) => [
    { name: `${name}, views`, chunks },
    { name: `${name}, copies`, chunks: chunks.map((chunk) => chunk.slice()) },
    // Some joined, some not: the change from one to the other is where a gatherer may go wrong.
    { name: `${name}, mixed`, chunks: chunks.map((chunk, at) => (at + index) % 3 === 0 ? chunk.slice() : chunk) },
  ]);
}

function split(name: string, bytes: Uint8Array, cuts: readonly number[]): Split {
  const edges = [0, ...cuts, bytes.length];
  const chunks = edges.slice(1).map((end, at) => bytes.subarray(edges[at]!, end));
  return { name, chunks: chunks.filter((chunk) => chunk.length > 0) };
}
