/** A server that is not ours: it says what a test wants a client to hear. */
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { type Frame, fullLimits } from "../../protocol/frame/frame.ts";
import type { Header } from "../../protocol/message/header.ts";
import { ALPN, PROTOCOL_VERSION } from "../../protocol/limits.ts";
import { message } from "../../protocol/message/messages.ts";
import { newNonce } from "../../protocol/login/scram_keys.ts";
import { type Identity, ownIdentity } from "../../server/identity.ts";
import { type Ran, runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";

/** What is done with one connection of a client. */
export type Script = (channel: FrameChannel) => Promise<void>;

/** Serves a script to everybody. */
export class FakeServer implements AsyncDisposable {
  /** Every frame that a client has sent. */
  readonly heard: Header[] = [];
  readonly identity: Identity | undefined;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  readonly #temp: TempDir;

  private constructor(temp: TempDir, identity: Identity | undefined, serve: (connection: Deno.Conn) => Promise<void>) {
    this.#temp = temp;
    this.identity = identity;
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = identity
      ? Deno.listenTls({ ...address, cert: identity.cert, key: identity.key, alpnProtocols: [ALPN] })
      : Deno.listen(address);
    this.#serving = this.#serve(serve);
  }

  /** Starts one that speaks frames. */
  static async start(script: Script, { tls = true } = {}): Promise<FakeServer> {
    const server: FakeServer = await FakeServer.raw(async (connection) => {
      const channel = new FrameChannel(connection, fullLimits());
      const receive = channel.receive.bind(channel);
      channel.receive = async () => {
        const frame = await receive();
        if (frame) server.heard.push(frame.header);
        return frame;
      };
      await script(channel);
    }, { tls });
    return server;
  }

  /** Starts one that is given the connections as they are. */
  static async raw(serve: (connection: Deno.Conn) => Promise<void>, { tls = true } = {}): Promise<FakeServer> {
    const temp = new TempDir();
    return new FakeServer(temp, tls ? await ownIdentity(temp.join("tls")) : undefined, serve);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Whether a client that ran has pinned the certificate. */
  hasPinned(): boolean {
    try {
      return Deno.readTextFileSync(this.#temp.join("known_hosts")) !== "";
    } catch {
      return false;
    }
  }

  /** Runs the program against it. */
  shell(commands: string, args: readonly string[] = []): Promise<Ran> {
    const plain = this.identity ? [] : ["--no-tls"];
    const target = ["connect", `alice@127.0.0.1:${this.port}`, "-c", commands, ...plain, ...args];
    return runFtp([...target, "--known-hosts", this.#temp.join("known_hosts")], { env: { FTP_PASSWORD: "guess me" } });
  }

  async #serve(serve: (connection: Deno.Conn) => Promise<void>): Promise<void> {
    const serving: Promise<void>[] = [];
    for (;;) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) break;
        continue;
      }
      this.#open.add(connection);
      serving.push(serve(connection).catch(() => {}));
    }
    await Promise.all(serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch {
        // The script has closed it.
      }
    }
    await this.#serving;
    this.#temp[Symbol.dispose]();
  }
}

/** The hello of a server that is like ours, and the client's before it. */
export async function sayHello(channel: FrameChannel, fields: Header = {}): Promise<void> {
  await channel.receive();
  const mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
  const hello = { type: "hello", version: PROTOCOL_VERSION, nonce: newNonce(), mechanisms, agent: "fake" };
  await channel.send(message({ ...hello, ...fields }));
}

/** Answers the client's first login message; returns its proof. */
export async function challenge(channel: FrameChannel, iterations: number | string): Promise<Frame | undefined> {
  const { header } = (await channel.receive())!;
  const nonce = /r=([^,]*)/.exec(header.scram as string)![1];
  const scram = `r=${nonce}${newNonce()},s=${new Uint8Array(16).toBase64()},i=${iterations}`;
  await channel.send(message({ type: "reply", id: header.id, code: 201, scram }));
  return await channel.receive();
}
