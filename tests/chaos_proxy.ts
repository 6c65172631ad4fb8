/** A bad network of our own: a TCP proxy that cuts, stalls, swallows, slows, splits and falsifies what passes. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Position } from "./wire_position.ts";

/** The way to the server, or from it. */
export type Direction = "up" | "down";

/**
 * What happens at a place. `close`: both ends are told that it is over. `reset`: both ends get a reset. `half-close`: the
 * receiver is told the end, the other way stays open. `stall`: nothing is taken from either side until `release`. `swallow`:
 * everything is taken and nothing arrives, and nobody is told when an end goes. `down`: as `reset`, and the network is
 * down from then on.
 */
export type Cut = "close" | "reset" | "half-close" | "stall" | "swallow" | "down";

/** What one connection goes through. */
export interface Weather {
  readonly cut?: undefined | { readonly direction: Direction; readonly at: Position; readonly how: Cut };
  /** Changes one bit of the first byte after the place. */
  readonly flip?: { readonly direction: Direction; readonly at: Position };
  /** Bytes in one segment at most. */
  readonly segment?: number;
  readonly bytesPerSecond?: number;
}

/** A connection through the proxy. */
interface Wire {
  readonly near: Socket;
  readonly far: Socket;
  state: "open" | "stalled" | "swallowing" | "over";
  /** Lets what a stall holds back go on. */
  readonly held: (() => void)[];
}

/** How often a limited wire passes something, in ms. */
const TICK_MS = 10;

/** Listens on a free loopback port and passes each connection on to `target`. */
export class ChaosProxy implements AsyncDisposable {
  /** Where connections lead; a server that comes back elsewhere is followed by setting it. */
  target: number;
  /** What the next connections go through, one after another; those after them have fair weather. */
  forecast: Weather[] = [];
  /** Connections so far, also those that were refused a way to the server. */
  connections = 0;
  /** Bytes that went through in all. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  /** Told of each cut when it has happened. */
  onCut: () => void = () => {};
  readonly #server: Server;
  readonly #wires = new Set<Wire>();
  #port = 0;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#open(near));
  }

  static async start(target: number, forecast: Weather[] = []): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target);
    proxy.forecast = forecast;
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** The network is down: connections break, and new ones are refused. */
  down(): void {
    this.#server.close();
    this.breakAll("reset");
  }

  /** The network is there, on the same port as before. */
  async up(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(this.#port, "127.0.0.1", () => resolve());
    await promise;
    this.#server.off("error", reject);
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Does something to every connection that is open. */
  breakAll(how: Cut): void {
    for (const wire of this.#wires) this.#break(wire, how, "up");
  }

  /** Ends all stalls: what was held back arrives. */
  release(): void {
    for (const wire of this.#wires) {
      if (wire.state !== "stalled") continue;
      wire.state = "open";
      for (const work of wire.held.splice(0)) work();
      wire.near.resume();
      wire.far.resume();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#server.listening) this.#server.close(() => resolve());
    else resolve();
    for (const { near, far } of this.#wires) for (const socket of [near, far]) socket.destroy();
    await promise;
  }

  #open(near: Socket): void {
    this.connections++;
    const weather = this.forecast.shift() ?? {};
    const far = connect({ host: "127.0.0.1", port: this.target, allowHalfOpen: true, noDelay: true });
    const wire: Wire = { near, far, state: "open", held: [] };
    this.#wires.add(wire);
    this.#pass(wire, "up", weather);
    this.#pass(wire, "down", weather);
    for (const socket of [near, far]) {
      // What breaks on one side breaks on the other, unless nobody may notice.
      socket.on("error", () => this.#lost(wire));
      socket.on("close", () => this.#lost(wire));
    }
  }

  #lost(wire: Wire): void {
    if (wire.state === "swallowing") return;
    for (const socket of [wire.near, wire.far]) if (!socket.destroyed && socket.closed === false) socket.destroySoon();
    if (wire.near.destroyed && wire.far.destroyed) this.#wires.delete(wire);
  }

  #pass(wire: Wire, direction: Direction, weather: Weather): void {
    const [source, target] = direction === "up" ? [wire.near, wire.far] : [wire.far, wire.near];
    const writer = new SegmentWriter(target, weather);
    source.on("data", (bytes: Uint8Array) => {
      if (wire.state !== "open") return;
      const rest = this.#limitOf(weather, direction)?.(bytes);
      const passing = rest === undefined ? bytes : bytes.subarray(0, rest);
      this.passed[direction] += passing.length;
      const isFull = !writer.write(flipped(passing, weather, direction));
      if (rest !== undefined) {
        const { how } = weather.cut!;
        weather = { ...weather, cut: undefined };
        writer.whenEmpty(() => {
          this.#break(wire, how, direction);
          if (how === "stall") wire.held.push(() => writer.write(bytes.subarray(rest)));
          this.onCut();
        });
      } else if (isFull) {
        source.pause();
        writer.whenEmpty(() => wire.state !== "stalled" && source.resume());
      }
    });
    source.on("end", () => {
      if (wire.state === "open") writer.whenEmpty(() => target.end());
    });
  }

  #limitOf({ cut }: Weather, direction: Direction): Position | undefined {
    return cut?.direction === direction ? cut.at : undefined;
  }

  #break(wire: Wire, how: Cut, direction: Direction): void {
    if (wire.state === "over") return;
    const { near, far } = wire;
    switch (how) {
      case "half-close":
        (direction === "up" ? far : near).end();
        (direction === "up" ? near : far).pause();
        return;
      case "stall":
        wire.state = "stalled";
        near.pause();
        far.pause();
        return;
      case "swallow":
        wire.state = "swallowing";
        near.resume();
        far.resume();
        return;
      case "close":
        wire.state = "over";
        near.end(() => near.destroy());
        far.end(() => far.destroy());
        return;
      case "reset":
      case "down":
        wire.state = "over";
        near.resetAndDestroy();
        far.resetAndDestroy();
        if (how === "down") this.down();
    }
  }
}

/** The bytes with one bit changed, if the place is among them. */
function flipped(bytes: Uint8Array, { flip }: Weather, direction: Direction): Uint8Array {
  const at = flip?.direction === direction ? flip.at(bytes) : undefined;
  if (at === undefined || at >= bytes.length) return bytes;
  const changed = bytes.slice();
  changed[at]! ^= 1;
  // Once is enough: the place is behind us.
  (flip as { at: Position }).at = () => undefined;
  return changed;
}

/** Writes to one side as fast, and in pieces as small, as the weather allows. */
class SegmentWriter {
  readonly #target: Socket;
  readonly #most: number;
  /** Bytes that may pass in one tick, a whole number: a fraction of a byte can be owed for ever. */
  readonly #perTick: number;
  #budget: number;
  #waiting: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDraining = false;
  #onEmpty: (() => void)[] = [];

  constructor(target: Socket, { segment = Infinity, bytesPerSecond = Infinity }: Weather) {
    this.#target = target;
    this.#most = segment;
    this.#perTick = Math.max(1, Math.floor(bytesPerSecond * TICK_MS / 1000));
    this.#budget = this.#perTick;
    for (const event of ["drain", "close"]) target.on(event, () => this.#goOn());
  }

  /** @returns whether more may be given at once */
  write(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes);
    this.#flush();
    return this.#isEmpty;
  }

  /** Runs something when all is on its way. */
  whenEmpty(work: () => void): void {
    if (this.#isEmpty) work();
    else this.#onEmpty.push(work);
  }

  get #isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#isDraining;
  }

  #flush(): void {
    if (this.#target.destroyed) {
      this.#waiting = [];
      clearTimeout(this.#timer);
      return;
    }
    while (this.#budget > 0 && !this.#isDraining) {
      const first = this.#waiting[0];
      if (!first) break;
      const piece = first.subarray(0, Math.min(this.#most, this.#budget));
      if (piece.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(piece.length);
      this.#budget -= piece.length;
      if (!this.#target.write(piece)) this.#isDraining = true;
    }
    if (this.#budget === this.#perTick || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#budget = this.#perTick;
      this.#flush();
      this.#settle();
    }, TICK_MS);
  }

  #goOn(): void {
    this.#isDraining = false;
    this.#flush();
    this.#settle();
  }

  #settle(): void {
    if (!this.#isEmpty) return;
    for (const work of this.#onEmpty.splice(0)) work();
  }
}
