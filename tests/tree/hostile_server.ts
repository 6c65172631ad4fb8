/** A server that lets a client log in and then lies about a tree. */
import { createHash } from "node:crypto";
import type { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import type { Header } from "../../protocol/message/header.ts";
import { SCRAM_ITERATIONS_LEAST, SCRAM_SALT_BYTES } from "../../protocol/limits.ts";
import { dataFrame, endFrame, message } from "../../protocol/message/messages.ts";
import { RecordPacker } from "../../protocol/message/record.ts";
import { ScramServer } from "../../protocol/login/scram.ts";
import { saltPassword, type Verifier, verifierOf } from "../../protocol/login/scram_keys.ts";
import { FakeServer, sayHello } from "../server/fake_server.ts";
import { ftpCommand, type Ran } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";

const PASSWORD = "guess me";
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let verifier: Promise<Verifier> | undefined;

/** A record that the server sends for a file. */
export interface LyingRecord {
  readonly header: Header;
  readonly content: Uint8Array;
}

/** What the server says. */
export interface Lies {
  /** Lines of the listing, one after another; a text is sent as it is. */
  readonly tree: Iterable<unknown>;
  /** Whether it stops a listing when it is asked to. */
  readonly heedsStop?: true;
  /** The records for the names that were asked for; without it, the honest ones of files that all hold `evil`. */
  fetch?(names: string[]): LyingRecord[];
  /** The bytes that a single `get` sends, whatever was announced. */
  readonly get?: Uint8Array;
  /** What the header of the go-ahead of a `get` says. */
  readonly accept?: Header;
  /** What the last reply to a `get`, `fetch` or `store` says. */
  readonly said?: Header;
}

/** The record of a file as an honest server makes it. */
export function recordOf(name: string, text = "evil", more: Header = {}): LyingRecord {
  const content = encoder.encode(text);
  return { header: { name, mtime: 0, exec: false, sha256: sha256Of(content), ...more }, content };
}

function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Serves lies to everybody who asks. */
export class HostileServer implements AsyncDisposable {
  readonly #server: FakeServer;
  readonly #temp = new TempDir();

  private constructor(server: FakeServer) {
    this.#server = server;
  }

  static async start(lies: Lies): Promise<HostileServer> {
    const script = async (channel: FrameChannel) => {
      await admit(channel);
      const stopped = new Set<number>();
      for (let frame = await channel.receive(); frame; frame = await channel.receive()) {
        const { type, id, command } = frame.header;
        if (type === "stop") stopped.add(id as number);
        if (type !== "request") continue;
        const asked = { header: frame.header, id: id as number, command: command as string, body: frame.body, stopped };
        const answering = answer(channel, lies, asked);
        // One that is to hear of a stop reads on.
        if (lies.heedsStop) answering.catch(() => {});
        else await answering;
      }
    };
    return new HostileServer(await FakeServer.start(script, { tls: false }));
  }

  /** What the client has asked for. */
  get asked(): string[] {
    return this.#server.heard.filter(({ type }) => type === "request").map(({ command }) => String(command)).slice(2);
  }

  /** Starts the program; `REMOTE` in its arguments is the server. */
  spawn(args: readonly string[]): Deno.ChildProcess {
    const address = `alice@127.0.0.1:${this.#server.port}`;
    const more = ["--no-tls", "--known-hosts", this.#temp.join("known_hosts"), "--retries", "0"];
    return ftpCommand([...args.map((arg) => arg.replace(/^REMOTE/, address)), ...more], {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { FTP_PASSWORD: PASSWORD },
    }).spawn();
  }

  /** Runs the program to its end. */
  async run(args: readonly string[]): Promise<Ran> {
    const { code, stdout, stderr } = await this.spawn(args).output();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#temp[Symbol.dispose]();
  }
}

/** A login as it should be: the liar knows the password. */
async function admit(channel: FrameChannel): Promise<void> {
  await sayHello(channel, { mechanisms: ["SCRAM-SHA-256"] });
  const auth = (await channel.receive())!.header;
  const scram = new ScramServer("SCRAM-SHA-256", auth.scram as string, { binding: undefined });
  verifier ??= newVerifier();
  const challenge = scram.challenge(await verifier);
  await channel.send(message({ type: "reply", id: auth.id, code: 201, scram: challenge }));
  const proof = (await channel.receive())!.header;
  const signature = scram.verify(proof.scram as string, await verifier)!;
  const reply = { type: "reply", id: proof.id, code: 200, message: "Authenticated", user: "alice", session: "x" };
  await channel.send(message({ ...reply, scram: signature }));
}

async function newVerifier(): Promise<Verifier> {
  const salt = new Uint8Array(SCRAM_SALT_BYTES);
  return verifierOf(await saltPassword(PASSWORD, salt, SCRAM_ITERATIONS_LEAST), salt, SCRAM_ITERATIONS_LEAST);
}

interface Asked {
  readonly header: Header;
  readonly id: number;
  readonly command: string;
  readonly body: Uint8Array;
  /** The ids that the client no longer wants. */
  readonly stopped: ReadonlySet<number>;
}

async function answer(channel: FrameChannel, lies: Lies, asked: Asked): Promise<void> {
  const { header, id, command, body, stopped } = asked;
  const reply = (fields: Header) => channel.send(message({ type: "reply", id, code: 201, ...fields }));
  // A pattern is no name.
  const isPattern = typeof header.path === "string" && header.path.includes("*");
  if (command === "stat" && !isPattern) {
    return await reply({ path: "/t", entry: "folder", size: 0, mtime: 0, mode: 0o700 });
  }
  if (command === "tree" || command === "ls" || command === "parts") {
    for (const line of lies.tree) {
      if (stopped.has(id)) return await reply({ code: 206, message: "Stopped as asked" });
      const text = typeof line === "string" ? line : `${JSON.stringify(line)}\n`;
      await channel.send(dataFrame(id, encoder.encode(text)));
    }
    return await reply({ entries: 1, skipped: 0 });
  }
  if (command === "fetch") return await sendRecords(channel, lies, { id, body });
  if (command === "get") {
    const content = lies.get ?? NOTHING;
    const accept = { size: content.length, mtime: 0, mode: 0o600, offset: 0, ...lies.accept };
    await channel.send(message({ type: "accept", id, code: 201, ...accept }));
    await channel.send(dataFrame(id, content));
    await channel.send(endFrame(id, { size: content.length, sha256: sha256Of(content) }));
    await channel.receive();
    return await reply({ size: content.length, sha256: sha256Of(content), ...lies.said });
  }
  if (command === "quota") return await reply({ used: 0, reserved: 0, limit: null });
  if (command === "store") {
    await channel.send(message({ type: "accept", id, code: 202 }));
    let type: unknown;
    while (type !== "end") type = (await channel.receive())!.header.type;
    return await reply({ files: 0, bytes: 0, ...lies.said });
  }
  await reply({ code: 402, message: "There is nothing" });
}

async function sendRecords(
  channel: FrameChannel,
  { fetch, said }: Lies,
  { id, body }: Pick<Asked, "id" | "body">,
): Promise<void> {
  const names = decoder.decode(body).split("\n").filter((name) => name !== "");
  const records = fetch ? fetch(names) : names.map((name) => recordOf(name));
  const packer = new RecordPacker();
  const digests = createHash("sha256");
  let size = 0;
  let files = 0;
  for (const { header, content } of records) {
    packer.add(header, content);
    size += content.length;
    if (typeof header.sha256 !== "string") continue;
    digests.update(header.sha256);
    files++;
  }
  await channel.send(dataFrame(id, packer.take()));
  await channel.send(endFrame(id, { size, sha256: digests.digest("hex") }));
  await channel.receive();
  await channel.send(message({ type: "reply", id, code: 201, files, bytes: size, ...said }));
}
