/** One file from the server: into a temporary file, verified by both sides, and only then under its name. */
import { Chunk } from "../../protocol/frame/chunk.ts";
import { COMMANDS, type Reply } from "../../protocol/message/commands.ts";
import { readFields } from "../../protocol/message/fields.ts";
import type { FileEnd } from "../../protocol/message/messages.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { nameOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { Exchange } from "../connection/exchange.ts";
import { occupantOf } from "./file.ts";
import { openPart, tidyPart } from "./open_part.ts";
import type { PartFile } from "./part_file.ts";
import { hashLocal } from "./source_file.ts";
import type { TempFiles } from "./temp_files.ts";
import type { SourceNames } from "./source_names.ts";
import type { TransferResult, Watcher } from "../progress/watcher.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { Remote } from "../connection/remote.ts";
import { isStop, SAME_COMMAND, stopOf } from "../connection/stopped.ts";

/** What is wanted. */
export interface DownloadPlan {
  readonly path: VirtualPath;
  /** The local file's name, out of the caller's hands, never the server's. */
  readonly target: string;
  /** Replace a different file of that name. */
  readonly force: boolean;
  /** Keep the executable bit, as trees do. */
  readonly exec?: boolean;
}

/** With what a transfer works. */
export interface TransferTools {
  readonly remote: Remote;
  /** Who is logged in. */
  readonly user: string;
  /** The temporary files of this side. */
  readonly temps: TempFiles;
  /** What the server knows the files of this side by. */
  readonly sources: SourceNames;
  readonly watcher: Watcher;
  readonly limit: RateLimit;
  /** Aborted when the user stops: no request may begin after that. */
  readonly stopping: AbortSignal;
}

/**
 * Downloads one file, or the rest of one that was interrupted.
 *
 * @throws {StatusError} 403 when a different file of that name is here, 407 when something is that is no regular file,
 *   409 when what arrived is not what was sent; the local file is then as it was
 */
export async function download(plan: DownloadPlan, tools: TransferTools): Promise<TransferResult> {
  const { temps, watcher } = tools;
  temps.makeWay(plan.target);
  const here = occupantOf(plan.target);
  if (here) {
    const same = await compare(plan, here, tools);
    if (same) {
      tidyPart(plan.target, temps.downloads);
      return { code: 203, ...same, moved: 0 };
    }
    if (!plan.force) {
      throw new StatusError(403, `A different local ${quote(plan.target)} exists already; --force replaces it`);
    }
  }
  const { part: opened, foreign } = openPart(plan.target, temps.downloads);
  await using part = opened;
  if (foreign !== undefined) {
    watcher.notice(`405 Cannot resume ${quote(plan.path)}: ${quote(foreign)} is not what was left; starting over`);
  }
  const trouble = part.isLasting ? undefined : temps.takeTrouble();
  if (trouble !== undefined) watcher.notice(trouble);
  const prefix = await usablePrefix(part, plan, tools);
  const request = prefix ? { path: plan.path, offset: prefix.size, sha256: prefix.sha256 } : { path: plan.path };
  // While this side was busy there was nothing that the server could have stopped.
  tools.stopping.throwIfAborted();
  const exchange = await tools.remote.open("get", request);
  try {
    return await receive(exchange, { plan, part, prefix }, tools);
  } catch (error) {
    await exchange.cancel();
    // An empty part is not kept.
    throw isStop(error) && part.isLasting && part.length > 0 ? stopOf(nameOf(plan.path), SAME_COMMAND) : error;
  }
}

/** Length and digest, if the local file has the same content as the server's. */
async function compare(
  { path, target }: DownloadPlan,
  here: Deno.FileInfo,
  { remote, watcher }: TransferTools,
): Promise<Reply<"hash"> | undefined> {
  const there = await remote.call("stat", { path });
  if (there.entry !== "file" || there.size !== here.size) return undefined;
  watcher.begin("checking", here.size);
  const [local, { size, sha256 }] = await Promise.all([
    hashLocal(target, (bytes) => watcher.advance(bytes)),
    remote.call("hash", { path }),
  ]);
  return local.size === size && local.sha256 === sha256 ? { size, sha256 } : undefined;
}

/** What is there of this very file, as far as this side can tell; the server has the last word. */
async function usablePrefix(
  part: PartFile,
  { path }: DownloadPlan,
  { remote, user, watcher }: TransferTools,
): Promise<FileEnd | undefined> {
  const { origin, length } = part;
  if (length === 0) return undefined;
  const { size, mtime } = await remote.call("stat", { path });
  const isSame = origin?.server === remote.server && origin.user === user && origin.path === path &&
    origin.size === size && origin.mtime === (mtime ?? 0);
  if (!isSame || length > size) {
    watcher.notice(`405 Cannot resume ${quote(path)}: the part here is of another file or version; starting over`);
    return undefined;
  }
  watcher.begin("checking", length);
  return await part.readBack((bytes) => watcher.advance(bytes));
}

async function receive(
  exchange: Exchange,
  { plan: { path, exec, force }, part, prefix }: { plan: DownloadPlan; part: PartFile; prefix: FileEnd | undefined },
  { remote, user, watcher, limit, stopping }: TransferTools,
): Promise<TransferResult> {
  const go = await exchange.accepted(COMMANDS.get.accept);
  if ("reply" in go) throw new StatusError(401, "The server sent no file");
  const { size, mtime, mode, offset } = go.accept;
  if (offset !== 0 && offset !== prefix?.size) throw new StatusError(401, "The server goes on where nobody asked");
  if (prefix && offset === 0) {
    watcher.notice(`405 Cannot resume ${quote(path)}: the part here is damaged; starting over`);
  }
  if (offset === 0) await part.restart({ server: remote.server, user, path, size, mtime: mtime ?? 0 });
  watcher.begin("transfer", size, offset);
  for (let received = offset;;) {
    const next = await exchange.receive();
    if (next.kind === "reply") throw new StatusError(401, "The server ended the file without its digest");
    if (next.kind === "data") {
      received += next.chunk.length;
      if (received > size) throw spoiled(part, `More than ${size} bytes arrived for ${quote(path)}`);
      const { length } = next.chunk;
      const { chunk } = next;
      // Its memory goes round: the next frame is read into it.
      await part.write(new Chunk(chunk as Uint8Array<ArrayBuffer>, { give: () => exchange.release(chunk) }));
      watcher.advance(length);
      await limit.take(length, stopping);
      continue;
    }
    const arrived = part.digest();
    // Ours goes out in any case: the server then knows, too.
    await exchange.sendEnd(arrived);
    if (arrived.size !== size || arrived.size !== next.end.size || arrived.sha256 !== next.end.sha256) {
      const why = `${quote(path)} did not arrive whole: sha256 ${arrived.sha256} instead of ${next.end.sha256}`;
      throw spoiled(part, why);
    }
    const said = readFields((await exchange.reply()).header, COMMANDS.get.reply, "ignore");
    if (said.size !== arrived.size || said.sha256 !== arrived.sha256) {
      throw spoiled(part, `The server says that something else arrived for ${quote(path)}: sha256 ${said.sha256}`);
    }
    const warnings = await part.install({ mtime, exec: exec === true && (mode & 0o100) !== 0, replace: force });
    for (const warning of warnings) watcher.notice(warning);
    return { code: offset > 0 ? 205 : 201, ...arrived, moved: size - offset };
  }
}

function spoiled(part: PartFile, why: string): StatusError {
  part.remove();
  return new StatusError(409, why);
}
