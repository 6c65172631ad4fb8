/** A wire with a person on it: passes bytes between a client and a server, and may change or cut them. */
import { fromFileUrl } from "@std/path";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What a relay does with what passes. */
export interface RelayOptions {
  /** The loopback address to connect from. */
  readonly from?: string;
  /** Changes bytes on their way to the server, and to the client. */
  readonly up?: (bytes: Uint8Array) => Uint8Array;
  readonly down?: (bytes: Uint8Array) => Uint8Array;
}

/** A change of one bit, once, in the byte that many bytes into the stream. */
export function flipAt(offset: number): (bytes: Uint8Array) => Uint8Array {
  let passed = 0;
  return (bytes) => {
    const at = offset - passed;
    passed += bytes.length;
    if (at < 0 || at >= bytes.length) return bytes;
    const changed = bytes.slice();
    changed[at]! ^= 1;
    return changed;
  };
}

/** Listens on a free loopback port and passes each connection on. */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, { from, up, down }: RelayOptions = {}): Promise<Relay> {
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ host: "127.0.0.1", port, allowHalfOpen: true, ...from && { localAddress: from } });
      pass(near, far, up);
      pass(far, near, down);
      for (const socket of [near, far]) relay.#sockets.add(socket);
    });
    const relay = new Relay(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", () => resolve());
    await promise;
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }
}

/** One direction. The end passes as an end, a break as a break. */
function pass(source: Socket, target: Socket, change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): void {
  source.on("data", (bytes: Uint8Array) => {
    if (target.write(change(bytes))) return;
    source.pause();
    target.once("drain", () => source.resume());
  });
  source.on("end", () => target.end());
  source.on("error", () => target.destroy());
}

/** A relay in a process of its own: the tests may use one loopback address only, and their child any. */
export class SourceRelay implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** @param from the loopback address that the server sees: penalties and limits go by source */
  static async start(port: number, from: string): Promise<SourceRelay> {
    const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
    const options = ["run", "--quiet", "--no-check", "--config", config, "--allow-net"];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...options, fromFileUrl(import.meta.url), String(port), from],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new SourceRelay(Number(new TextDecoder().decode(value)), child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

if (import.meta.main) {
  const relay = await Relay.start(Number(Deno.args[0]), { from: Deno.args[1]! });
  await Deno.stdout.write(new TextEncoder().encode(String(relay.port)));
}
