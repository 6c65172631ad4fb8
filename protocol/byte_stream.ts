/** A connection as web streams: reads that gather, writes that never fall short and that batch small frames. */

/** What is needed of a connection. `Deno.Conn` is one. */
export interface ByteConnection {
  /** Reads some bytes; resolves to their number, or `null` at the end. */
  read(target: Uint8Array): Promise<number | null>;
  /** Writes some bytes and resolves to how many, which may be fewer than given. */
  write(source: Uint8Array): Promise<number>;
  /** Ends it; a pending read or write fails. */
  close(): void;
}

/** A TLS read returns one record at most. */
const READ_BYTES = 65_536;
const RECORD_BYTES = 16_384;
/** What may wait in memory to be written before a sender has to wait. */
const WRITE_BACKLOG_BYTES = 524_288;
/** Chunks up to this size are put together into one write. */
const COALESCE_BYTES = 65_536;

/**
 * The bytes that arrive. Buffers are never reused, so views of them may be kept.
 *
 * @param connection where to read
 * @param options `missing`: how many bytes would complete what is being read; so many are gathered, in one piece, before
 *   anybody is told, since nobody could do anything with less; `onBytes`: told of each read
 */
export function byteSource(
  connection: ByteConnection,
  { missing, onBytes = () => {} }: { missing: () => number; onBytes?: (bytes: number) => void },
): ReadableStream<Uint8Array> {
  let buffer = new Uint8Array(0);
  let filled = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const wanted = missing();
      if (filled + Math.min(wanted, RECORD_BYTES) > buffer.length) {
        buffer = new Uint8Array(Math.max(READ_BYTES, wanted + RECORD_BYTES));
        filled = 0;
      }
      const start = filled;
      const end = Math.min(start + wanted, buffer.length);
      do {
        const count = await connection.read(buffer.subarray(filled));
        if (count === null) {
          if (filled > start) controller.enqueue(buffer.subarray(start, filled));
          return controller.close();
        }
        filled += count;
        onBytes(count);
      } while (filled < end);
      controller.enqueue(buffer.subarray(start, filled));
    },
  }, { highWaterMark: 0 });
}

/** Where bytes go. A write resolves early while little waits, so that small frames travel together. */
export class ByteSink extends WritableStream<Uint8Array> {
  /**
   * A sink for one connection.
   *
   * @param connection where to write
   * @param onBytes called with the number of bytes that the connection took
   */
  constructor(connection: ByteConnection, onBytes: (bytes: number) => void = () => {}) {
    let waiting: Uint8Array[] = [];
    let backlog = 0;
    let running: Promise<void> | undefined;
    let room: PromiseWithResolvers<void> | undefined;

    async function drain(): Promise<void> {
      // One turn of the queue lets the frames of this turn travel together.
      await Promise.resolve();
      while (waiting.length > 0) {
        const chunks = coalesce(waiting);
        waiting = [];
        for (const chunk of chunks) {
          await writeAll(connection, chunk, onBytes);
          backlog -= chunk.length;
          if (backlog <= WRITE_BACKLOG_BYTES) room?.resolve();
        }
      }
      running = undefined;
    }

    super({
      async write(chunk, controller) {
        waiting.push(chunk);
        backlog += chunk.length;
        if (!running) {
          running = drain();
          running.catch((error) => controller.error(error));
        }
        if (backlog <= WRITE_BACKLOG_BYTES) return;
        room = Promise.withResolvers<void>();
        await Promise.race([room.promise, running]);
      },
      async close() {
        await running;
      },
    });
  }
}

/** The same bytes in fewer chunks: small neighbours are joined, large chunks pass uncopied. */
function coalesce(chunks: Uint8Array[]): Uint8Array[] {
  const result: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    if (small.length > 0) result.push(small.length === 1 ? small[0]! : concat(small, size));
    small = [];
    size = 0;
  };
  for (const chunk of chunks) {
    if (size + chunk.length > COALESCE_BYTES) flush();
    if (chunk.length > COALESCE_BYTES) {
      result.push(chunk);
    } else {
      small.push(chunk);
      size += chunk.length;
    }
  }
  flush();
  return result;
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

async function writeAll(connection: ByteConnection, bytes: Uint8Array, onBytes: (bytes: number) => void) {
  let at = 0;
  while (at < bytes.length) {
    const count = await connection.write(bytes.subarray(at));
    if (count === 0) throw new Error("the connection takes no more bytes");
    at += count;
    onBytes(count);
  }
}
