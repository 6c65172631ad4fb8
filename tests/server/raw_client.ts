/** A client that says whatever a test wants it to say, well-formed or not, and hears every frame that comes back. */
import { join } from "@std/path";
import { channelBindingOf, derOf } from "../../protocol/login/certificate.ts";
import { encodeFrame, type Frame, FrameDecoder, fullLimits } from "../../protocol/frame/frame.ts";
import type { Header } from "../../protocol/message/header.ts";
import { ALPN, PROTOCOL_VERSION } from "../../protocol/limits.ts";
import { message } from "../../protocol/message/messages.ts";
import { ScramClient } from "../../protocol/login/scram.ts";
import { newNonce, saltPassword } from "../../protocol/login/scram_keys.ts";
import { nameInCertificate } from "../../client/connection/probe.ts";
import { PASSWORD } from "../harness.ts";
import { type TestServer } from "../test_server.ts";

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);
const READ_BYTES = 65_536;
/** All accounts of a test have one verifier: its password is salted once. */
const salted = new Map<string, Promise<Uint8Array>>();

/** How to connect. */
export interface RawOptions {
  /** Another port than the server's own: that of a relay. */
  readonly port?: number;
  /** What is asked for in the TLS handshake; an empty list asks for nothing. */
  readonly alpn?: readonly string[];
}

/** The prefix of a header of some length, and the header: what `encodeFrame` would never make. */
export function rawFrame(header: string | Uint8Array, length?: number): Uint8Array {
  const bytes = typeof header === "string" ? encoder.encode(header) : header;
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, length ?? bytes.length);
  frame.set(bytes, 4);
  return frame;
}

/** One connection. */
export class RawClient implements Disposable {
  readonly connection: Deno.TcpConn | Deno.TlsConn;
  /** The server's certificate as a login is bound to it; `undefined` without TLS. */
  readonly binding: Uint8Array | undefined;
  readonly #decoder = new FrameDecoder(fullLimits());
  readonly #frames: Frame[] = [];
  #isOver = false;
  #lastId = 0;

  private constructor(connection: Deno.TcpConn | Deno.TlsConn, binding: Uint8Array | undefined) {
    this.connection = connection;
    this.binding = binding;
  }

  /** Connects and shakes hands; says nothing. */
  static async connect(server: TestServer, { port = server.port, alpn = [ALPN] }: RawOptions = {}): Promise<RawClient> {
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
    if (server.fingerprint === undefined) return new RawClient(tcp, undefined);
    const pem = Deno.readTextFileSync(join(server.root.tls, "cert.pem"));
    const der = derOf(pem)!;
    const options = { hostname: nameInCertificate(der), caCerts: [pem], alpnProtocols: [...alpn] };
    const tls = await Deno.startTls(tcp, options);
    await tls.handshake();
    return new RawClient(tls, channelBindingOf(der));
  }

  /** Connects and logs in. */
  static async login(server: TestServer, user: string, options: RawOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(server, options);
    await client.hello();
    const { code, message: why } = await client.authenticate(user);
    if (code !== 200) throw new Error(`Login of ${user}: ${code} ${why}`);
    return client;
  }

  /** A request id that is free. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Sends bytes as they are. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
  }

  /** Sends a well-formed frame. */
  async sendFrame(header: Header, body: Uint8Array = NOTHING): Promise<void> {
    for (const chunk of encodeFrame({ header, body })) await this.send(chunk);
  }

  /** The next frame; `undefined` when the server has ended the connection, in whatever way. */
  async receive(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.#isOver) {
      const buffer = new Uint8Array(READ_BYTES);
      // A connection that is reset is over as well.
      const count = await this.connection.read(buffer).catch(() => null);
      if (count === null) this.#isOver = true;
      else this.#decoder.push(buffer.subarray(0, count), (frame) => this.#frames.push(frame));
    }
    return this.#frames.shift();
  }

  /** The codes of all frames until the server ends the connection. */
  async codesUntilEnd(): Promise<unknown[]> {
    const codes: unknown[] = [];
    for (let frame = await this.receive(); frame; frame = await this.receive()) codes.push(frame.header.code);
    return codes;
  }

  /** Says hello and returns the server's answer. */
  async hello(fields: Header = {}): Promise<Header> {
    const hello = { type: "hello", version: PROTOCOL_VERSION, nonce: newNonce(), agent: "raw", ...fields };
    await this.sendFrame(hello);
    return (await this.receive())?.header ?? {};
  }

  /** Sends a request and returns the header of the next frame; an empty one when the connection ended. */
  async request(command: string, fields: Header = {}): Promise<Header> {
    await this.sendFrame(message({ ...fields, type: "request", id: this.nextId(), command }).header);
    return (await this.receive())?.header ?? {};
  }

  /** Both steps of a login; returns the reply to the last one, its proof not checked. */
  async authenticate(user: string, password = PASSWORD, binding = this.binding): Promise<Header> {
    const scram = new ScramClient(user, binding);
    const challenge = await this.request("auth", { mechanism: scram.mechanism, scram: scram.first });
    if (challenge.code !== 201) return challenge;
    const proof = await scram.final(challenge.scram as string, (salt, iterations) => {
      const key = JSON.stringify([password, salt.toHex(), iterations]);
      if (!salted.has(key)) salted.set(key, saltPassword(password, salt, iterations));
      return salted.get(key)!;
    });
    return await this.request("proof", { scram: proof });
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
