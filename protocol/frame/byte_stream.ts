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
const RECORD_BYTES = 16_384;
const READ_BYTES = 65_536;
/** So much may gather for one write; what begins below that goes along whole, as a body after its header. */
const GATHER_BYTES = 65_536;
/** Held back are fewer bytes than these: the last data frame of a file, and what came before it. */
const HOLD_BYTES = 327_680;
const PAGE_BYTES = 4_096;

/** What a reader would like to get. `FrameDecoder` is one. */
export interface Wanted {
  /** Bytes that would complete what is being read; so many are gathered before anybody is told: less is of no use. */
  readonly missing: number;
  /** Where they are to go, if that makes a difference. */
  readonly room?: Uint8Array | undefined;
}

/**
 * The bytes that arrive. But for the room that the reader gives, buffers are never reused: views of them may be kept.
 *
 * @param connection where to read
 * @param wanted asked before each read
 * @param options `onBytes`: called with the bytes of each read; `onWait`: called before each read with what is missing
 */
export function byteSource(
  connection: ByteConnection,
  wanted: Wanted,
  { onBytes = () => {}, onWait = () => {} }: { onBytes?: (bytes: number) => void; onWait?: (missing: number) => void } =
    {},
): ReadableStream<Uint8Array> {
  let buffer = new Uint8Array(0);
  let used = 0;

  /** Reads until `enough` bytes are there or the end is. @returns how many are there, and whether more may come */
  async function fill(target: Uint8Array, enough: number): Promise<{ filled: number; isOver: boolean }> {
    let filled = 0;
    do {
      onWait(enough - filled);
      const count = await connection.read(target.subarray(filled));
      if (count === null) return { filled, isOver: true };
      filled += count;
      onBytes(count);
    } while (filled < enough);
    return { filled, isOver: false };
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { missing, room } = wanted;
      if (!room && buffer.length - used < Math.max(missing, RECORD_BYTES)) {
        buffer = new Uint8Array(Math.max(READ_BYTES, missing + RECORD_BYTES));
        used = 0;
      }
      // What comes after a small part is read along; a large one often follows, and has better room.
      const target = room ?? buffer.subarray(used, used + missing + RECORD_BYTES);
      const { filled, isOver } = await fill(target, missing);
      if (!room) used += filled;
      if (filled > 0) controller.enqueue(target.subarray(0, filled));
      if (isOver) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Bytes on their way out. */
export interface Piece {
  /** The bytes, as they go on the wire. */
  readonly bytes: Uint8Array;
  /** Others follow at once, and share a write with these if they can. */
  readonly more: boolean;
}

/**
 * Where bytes go. A write copies its bytes into a buffer and resolves, so that small frames travel together; they may
 * then be changed. What announces more is held back until that comes, or until there is much of it.
 */
export class ByteSink extends WritableStream<Piece> {
  /**
   * A sink for one connection.
   *
   * @param connection where to write
   * @param onBytes called with the number of bytes that the connection took
   */
  constructor(connection: ByteConnection, onBytes: (bytes: number) => void = () => {}) {
    // One buffer is filled while the other is on its way.
    let filling = new Uint8Array(0);
    let writing = new Uint8Array(0);
    let filled = 0;
    /** Whether what has gathered is to be written: something in it announced no more. */
    let isDue = false;
    let running: Promise<void> | undefined;
    let room: PromiseWithResolvers<void> | undefined;

    async function drain(): Promise<void> {
      // One turn of the queue lets the frames of this turn travel together.
      await Promise.resolve();
      while (isDue) {
        const bytes = filling.subarray(0, filled);
        [filling, writing] = [writing, filling];
        filled = 0;
        isDue = false;
        room?.resolve();
        room = undefined;
        await writeAll(connection, bytes, onBytes);
      }
      running = undefined;
    }

    /** Writes what has gathered; a failure is everybody's. */
    function start(controller: WritableStreamDefaultController): void {
      running = drain();
      running.catch((error) => {
        controller.error(error);
        room?.reject(error);
      });
    }

    super({
      async write({ bytes, more }, controller) {
        while (isDue && filled >= GATHER_BYTES) {
          room ??= Promise.withResolvers<void>();
          await room.promise;
        }
        filling = withRoom(filling, filled, bytes.length);
        filling.set(bytes, filled);
        filled += bytes.length;
        if (filled > 0 && (!more || filled >= HOLD_BYTES)) isDue = true;
        if (isDue && !running) start(controller);
      },
      async close() {
        await running;
        // What announced more that never came.
        if (filled > 0) await writeAll(connection, filling.subarray(0, filled), onBytes);
      },
    });
  }
}

/** A buffer with the same first `used` bytes and room for more; who says little gets little. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  const needed = used + more;
  if (needed <= buffer.length) return buffer;
  // A page more, since headers differ by a few bytes.
  const length = Math.max(needed + PAGE_BYTES, Math.min(2 * buffer.length, GATHER_BYTES));
  const larger = new Uint8Array(length);
  larger.set(buffer.subarray(0, used));
  return larger;
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
