/** One file to the server: it reserves first, both sides hash, and it shows the new content only when both agree. */
import { isExecutable } from "../../files/file_mode.ts";
import { createHash, type Hash } from "node:crypto";
import { basename } from "@std/path";
import { mtimeOf } from "../../files/file_time.ts";
import { COMMANDS } from "../../protocol/message/commands.ts";
import { type Fields, readFields } from "../../protocol/message/fields.ts";
import { WORKING_INTERVAL_MS } from "../../protocol/limits.ts";
import type { FileEnd } from "../../protocol/message/messages.ts";
import { ByteMeter } from "../../protocol/frame/meter.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import type { VirtualPath } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "./download.ts";
import type { Exchange } from "../connection/exchange.ts";
import { chunkBuffers, localFailure } from "./file.ts";
import { SourceFile } from "./source_file.ts";
import type { TransferResult } from "../progress/watcher.ts";
import { namingStop, SAME_COMMAND } from "../connection/stopped.ts";

/** What is to go where. */
export interface UploadPlan {
  readonly source: string;
  readonly path: VirtualPath;
  /** Only where nothing is yet. */
  readonly create: boolean;
  /** Replace whatever is there without comparing first. */
  readonly replace?: boolean;
}

type Accepted = Fields<typeof COMMANDS.put.accept>;
type Stored = Fields<typeof COMMANDS.put.reply>;

/**
 * Uploads one file, or the rest of one that was interrupted.
 *
 * @param again whether an earlier try may have ended well without our hearing of it
 * @throws {StatusError} 404 before a byte is sent when there is no room, 409 when what arrived is not what was sent, or
 *   the local file changed meanwhile; the server's file is then as it was
 */
export async function upload(
  plan: UploadPlan,
  tools: TransferTools,
  { again }: { again: boolean },
): Promise<TransferResult> {
  using file = SourceFile.open(plan.source);
  const { info } = file;
  const { path, create } = plan;
  const source = tools.sources.of(plan.source, info);
  const exec = isExecutable(info);
  const mtime = mtimeOf(info);
  const request = { path, size: info.size, ...(mtime === null ? {} : { mtime }), create, source, exec };
  const replace = plan.replace ?? false;
  // Whoever stopped between two files has stopped this one, too.
  tools.stopping.throwIfAborted();
  let first: Begun;
  try {
    first = await begin(await tools.remote.open("put", replace && !again ? { ...request, replace } : request));
  } catch (error) {
    // An earlier try of ours may have made the file that must not be there: then it is the same.
    const same = again && create ? await ownWork(error, { file, plan }, tools) : undefined;
    if (same) return { code: 203, ...same, moved: 0 };
    throw error;
  }
  if (first.kind === "go") return await send(first, { file, plan }, tools);
  // A file of that size is there: whether it is the same is for both digests to say.
  tools.watcher.begin("checking", info.size);
  const local = await file.digest((bytes) => tools.watcher.advance(bytes));
  if (local.size === first.there.size && local.sha256 === first.there.sha256) return { code: 203, ...local, moved: 0 };
  // While this side was busy there was nothing that the server could have stopped.
  tools.stopping.throwIfAborted();
  const second = await begin(await tools.remote.open("put", { ...request, replace: true }));
  if (second.kind === "same") throw new StatusError(401, "The server did not take the file");
  return await send(second, { file, plan }, tools);
}

type Go = { readonly kind: "go"; readonly exchange: Exchange; readonly accept: Accepted };

type Begun = Go | { readonly kind: "same"; readonly there: Stored };

/** The file that is there already, if it is the one that was to be sent. */
async function ownWork(
  error: unknown,
  { file, plan: { path } }: Source,
  { remote }: TransferTools,
): Promise<FileEnd | undefined> {
  if (!(error instanceof StatusError) || error.code !== 403) return undefined;
  const [local, there] = await Promise.all([file.digest(() => {}), remote.call("hash", { path })]);
  return local.size === there.size && local.sha256 === there.sha256 ? local : undefined;
}

async function begin(exchange: Exchange): Promise<Begun> {
  const answer = await exchange.accepted(COMMANDS.put.accept);
  if (!("reply" in answer)) return { kind: "go", exchange, accept: answer.accept };
  return { kind: "same", there: readFields(answer.reply.header, COMMANDS.put.reply, "ignore") };
}

interface Source {
  readonly file: SourceFile;
  readonly plan: UploadPlan;
}

async function send({ exchange, accept }: Go, source: Source, tools: TransferTools): Promise<TransferResult> {
  const { file, plan } = source;
  try {
    const { offset, hash } = await resume(exchange, accept, source, tools);
    const sent = await sendContent(exchange, { ...source, offset, hash }, tools);
    // The end is what the server commits on: it goes out for the file as it was at the start, or not at all.
    if (!exchange.early) await file.checkUnchanged(sent, "sent");
    if (!exchange.early) await exchange.sendEnd(sent);
    const { header } = await exchange.reply();
    const stored = readFields(header, COMMANDS.put.reply, "ignore");
    if (stored.size !== sent.size || stored.sha256 !== sent.sha256) {
      throw new StatusError(409, `The server says that it stored something else for ${quote(plan.path)}`);
    }
    const { warning } = stored;
    const doubt = warning === undefined ? {} : { warning };
    return { code: offset > 0 ? 205 : 201, ...sent, moved: sent.size - offset, ...doubt };
  } catch (error) {
    // Our own word that the file has changed: what has arrived of it belongs to nothing any more.
    const drop = error instanceof StatusError && error.code === 409 && !exchange.early;
    await exchange.cancel({ drop });
    throw localFailure(namingStop(error, basename(plan.source), SAME_COMMAND), plan.source);
  }
}

/** Compares what the server has with the same length here, and tells it from where we send. */
async function resume(
  exchange: Exchange,
  { offset, sha256 }: Accepted,
  { file, plan }: Source,
  { watcher }: TransferTools,
): Promise<{ offset: number; hash: Hash }> {
  const hash = createHash("sha256");
  file.rewind();
  if (offset === 0) return { offset, hash };
  watcher.begin("checking", offset);
  let left = offset;
  let said = performance.now();
  const buffers = chunkBuffers();
  for await (const chunk of file.chunks(offset, buffers)) {
    hash.update(chunk);
    watcher.advance(chunk.length);
    left -= chunk.length;
    buffers.give(chunk);
    if (left === 0) break;
    // A large part takes long to read: the server sees that this side moves.
    if (performance.now() - said < WORKING_INTERVAL_MS) continue;
    await exchange.sendWorking(offset - left);
    said = performance.now();
  }
  const isSame = left === 0 && hash.copy().digest("hex") === sha256;
  await exchange.sendResume(isSame ? offset : 0);
  if (isSame) return { offset, hash };
  watcher.notice(`405 Cannot resume ${quote(plan.path)}: the part on the server is of another content; starting over`);
  file.rewind();
  return { offset: 0, hash: createHash("sha256") };
}

/** Sends until the end, or until the server has replied, which it does early only to refuse. @returns what was read */
async function sendContent(
  exchange: Exchange,
  { file, offset, hash }: Source & { offset: number; hash: Hash },
  { watcher, limit, stopping }: TransferTools,
): Promise<FileEnd> {
  const whole = file.info.size;
  watcher.begin("transfer", whole, offset);
  let size = offset;
  const meter = new ByteMeter((bytes) => watcher.advance(bytes));
  const buffers = chunkBuffers();
  let last: Uint8Array | undefined;
  for await (const chunk of file.chunks(Infinity, buffers).pipeThrough(meter)) {
    if (exchange.early) break;
    if (size + chunk.length > whole) return { size: size + chunk.length, sha256: "" };
    for (const piece of limit.pieces(chunk)) {
      if (exchange.early) break;
      // The end follows at once, unless a limit keeps it waiting.
      await exchange.sendData(piece, { isLast: size + chunk.length === whole && !limit.isSet });
      await limit.take(piece.length, stopping);
    }
    // This one may still wait to be sent, but the last one does not.
    if (last) buffers.give(last);
    last = chunk;
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}
