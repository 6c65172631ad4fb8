/** One file to the server: it reserves first, both sides hash, and it shows the new content only when both agree. */
import { createHash } from "node:crypto";
import { COMMANDS } from "../protocol/commands.ts";
import { type Fields, readFields } from "../protocol/fields.ts";
import type { FileEnd } from "../protocol/messages.ts";
import { ByteMeter } from "../protocol/meter.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";
import type { VirtualPath } from "../protocol/virtual_path.ts";
import type { TransferTools } from "./download.ts";
import type { Exchange } from "./exchange.ts";
import { chunksOf, hashLocal, localFailure, openLocal } from "./local/file.ts";
import type { TransferResult } from "./progress/watcher.ts";

/** What is to go where. */
export interface UploadPlan {
  readonly source: string;
  readonly path: VirtualPath;
  /** Only where nothing is yet. */
  readonly create: boolean;
}

/**
 * Uploads one file.
 *
 * @throws {StatusError} 404 before a byte is sent when there is no room, 409 when what arrived is not what was sent; the
 *   server's file is then as it was
 */
export async function upload(plan: UploadPlan, tools: TransferTools): Promise<TransferResult> {
  const { file, info } = openLocal(plan.source);
  using _file = file;
  const { path, create } = plan;
  const request = { path, size: info.size, mtime: info.mtime?.getTime() ?? 0, create };
  const first = await begin(await tools.remote.open("put", request));
  if (first.kind === "go") return await send(first.exchange, file, { plan, info, tools });
  // A file of that size is there: whether it is the same is for both digests to say.
  tools.watcher.begin("checking", info.size);
  const local = await hashLocal(plan.source, (bytes) => tools.watcher.advance(bytes));
  if (local.size === first.there.size && local.sha256 === first.there.sha256) return { code: 203, ...local, moved: 0 };
  const second = await begin(await tools.remote.open("put", { ...request, replace: true }));
  if (second.kind === "same") throw new StatusError(401, "The server did not take the file");
  return await send(second.exchange, file, { plan, info, tools });
}

type Begun =
  | { readonly kind: "go"; readonly exchange: Exchange }
  | { readonly kind: "same"; readonly there: Fields<typeof COMMANDS.put.reply> };

async function begin(exchange: Exchange): Promise<Begun> {
  const answer = await exchange.accepted(COMMANDS.put.accept);
  if (!("reply" in answer)) return { kind: "go", exchange };
  return { kind: "same", there: readFields(answer.reply.header, COMMANDS.put.reply, "ignore") };
}

async function send(
  exchange: Exchange,
  file: Deno.FsFile,
  options: { plan: UploadPlan; info: Deno.FileInfo; tools: TransferTools },
): Promise<TransferResult> {
  const { plan, info } = options;
  try {
    const sent = await sendContent(exchange, file, options);
    if (sent.size !== info.size && !exchange.early) {
      throw new StatusError(409, `Local ${quote(plan.source)} changed while it was sent`);
    }
    const { header } = await exchange.reply();
    const stored = readFields(header, COMMANDS.put.reply, "ignore");
    if (stored.size === sent.size && stored.sha256 === sent.sha256) return { code: 201, ...sent, moved: sent.size };
    throw new StatusError(409, `The server says that it stored something else for ${quote(plan.path)}`);
  } catch (error) {
    await exchange.cancel();
    throw localFailure(error, plan.source);
  }
}

/** Sends until the end, or until the server has replied, which it does early only to refuse. */
async function sendContent(
  exchange: Exchange,
  file: Deno.FsFile,
  { info, tools: { watcher, limit } }: { info: Deno.FileInfo; tools: TransferTools },
): Promise<FileEnd> {
  watcher.begin("transfer", info.size);
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunksOf(file, info.size).pipeThrough(new ByteMeter((bytes) => watcher.advance(bytes)))) {
    if (exchange.early) break;
    if (size + chunk.length > info.size) return { size: size + chunk.length, sha256: "" };
    await exchange.sendData(chunk);
    hash.update(chunk);
    size += chunk.length;
    await limit.take(chunk.length);
  }
  const end = { size, sha256: hash.digest("hex") };
  if (!exchange.early && size === info.size) await exchange.sendEnd(end);
  return end;
}
