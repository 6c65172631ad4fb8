/** Where in a byte stream something happens: at a byte, or, on a wire without TLS, at a place in its frames. */

/**
 * Looks at the bytes of one direction as they pass. Returns how many of them still go before the place is reached, or
 * `undefined` while it is not.
 */
export type Position = (chunk: Uint8Array) => number | undefined;

/** What a header of the protocol looks like to a test. */
export type SeenHeader = Readonly<Record<string, unknown>>;

/** After so many bytes, whatever they mean. */
export function afterBytes(count: number): Position {
  let passed = 0;
  return (chunk) => {
    passed += chunk.length;
    return passed >= count ? chunk.length - (passed - count) : undefined;
  };
}

/** After so many bytes of file content; 0 is before the first frame that has any. */
export function afterContent(count: number): Position {
  const frames = new FrameWalk();
  return (chunk) => {
    let left: number | undefined;
    frames.push(chunk, ({ header, contentBefore, frameStart, bodyStart, bodyLength }) => {
      if (left !== undefined || header.type !== "data") return;
      const reached = contentBefore + bodyLength >= count;
      if (!reached) return;
      left = count === contentBefore ? frameStart : bodyStart + count - contentBefore;
    });
    return settle(frames, chunk, left);
  };
}

/** Before the first frame whose header is the one. */
export function beforeFrame(isIt: (header: SeenHeader) => boolean): Position {
  const frames = new FrameWalk();
  return (chunk) => {
    let left: number | undefined;
    frames.push(chunk, ({ header, frameStart }) => {
      if (left === undefined && isIt(header)) left = frameStart;
    });
    return settle(frames, chunk, left);
  };
}

/** A place is known once its header is whole, and may lie in a chunk that is still to come, or in one that is gone. */
function settle(frames: FrameWalk, chunk: Uint8Array, found: number | undefined): number | undefined {
  if (found !== undefined) frames.place = found;
  if (frames.place === undefined) return undefined;
  const before = frames.place - (frames.passed - chunk.length);
  return before <= chunk.length ? Math.max(0, before) : undefined;
}

interface SeenFrame {
  readonly header: SeenHeader;
  readonly frameStart: number;
  readonly bodyStart: number;
  readonly bodyLength: number;
  readonly contentBefore: number;
}

const PREFIX_BYTES = 4;

/** Follows frames without keeping their bodies. Positions are counted from the start of the stream. */
class FrameWalk {
  passed = 0;
  /** Where the place was found to be. */
  place: number | undefined;
  #head: number[] = [];
  #skip = 0;
  #content = 0;

  push(chunk: Uint8Array, onHeader: (frame: SeenFrame) => void): void {
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(this.#skip, chunk.length - at);
      this.#skip -= skipped;
      at += skipped;
      if (at === chunk.length) break;
      this.#head.push(chunk[at++]!);
      if (this.#head.length === this.#headLength()) this.#header(this.passed + at, onHeader);
    }
    this.passed += chunk.length;
  }

  #headLength(): number {
    if (this.#head.length < PREFIX_BYTES) return Infinity;
    return PREFIX_BYTES + new DataView(new Uint8Array(this.#head).buffer).getUint32(0);
  }

  #header(bodyStart: number, onHeader: (frame: SeenFrame) => void): void {
    const text = new TextDecoder().decode(new Uint8Array(this.#head.slice(PREFIX_BYTES)));
    const header: SeenHeader = JSON.parse(text);
    const bodyLength = typeof header.body === "number" ? header.body : 0;
    const frameStart = bodyStart - this.#head.length;
    onHeader({ header, frameStart, bodyStart, bodyLength, contentBefore: this.#content });
    this.#head = [];
    this.#skip = bodyLength;
    if (header.type === "data") this.#content += bodyLength;
  }
}
