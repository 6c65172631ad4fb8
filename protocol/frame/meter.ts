/** A meter in a stream: it counts bytes and tells; what is drawn from that is somebody else's work. */

/** Counts the bytes that pass and changes nothing. */
export class ByteMeter extends TransformStream<Uint8Array, Uint8Array> {
  /** A meter that calls `onBytes` with the number of bytes of each chunk. */
  constructor(onBytes: (bytes: number) => void) {
    super({
      transform(chunk, controller) {
        onBytes(chunk.length);
        controller.enqueue(chunk);
      },
    });
  }
}
