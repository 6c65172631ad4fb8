/** One file from the server: into a part, verified by both sides, and only then under its name. */
import { COMMANDS, type Reply } from "../protocol/commands.ts";
import { readFields } from "../protocol/fields.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";
import type { VirtualPath } from "../protocol/virtual_path.ts";
import type { Exchange } from "./exchange.ts";
import { hashLocal, localInfo, PartFile } from "./local/file.ts";
import type { TransferResult, Watcher } from "./progress/watcher.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { Remote } from "./remote.ts";

/** What is wanted. */
export interface DownloadPlan {
  readonly path: VirtualPath;
  /** The local file's name, out of the caller's hands, never the server's. */
  readonly target: string;
  /** Replace a different file of that name. */
  readonly force: boolean;
}

/** With what a transfer works. */
export interface TransferTools {
  readonly remote: Remote;
  readonly watcher: Watcher;
  readonly limit: RateLimit;
}

/**
 * Downloads one file.
 *
 * @throws {StatusError} 403 when a different file of that name is here, 409 when what arrived is not what was sent; the
 *   local file is then as it was
 */
export async function download(plan: DownloadPlan, tools: TransferTools): Promise<TransferResult> {
  const here = localInfo(plan.target);
  if (here?.isDirectory) throw new StatusError(407, `Local ${quote(plan.target)} is a folder`);
  if (here) {
    const same = await compare(plan, here, tools);
    if (same) return { code: 203, ...same, moved: 0 };
    if (!plan.force) {
      throw new StatusError(403, `A different local ${quote(plan.target)} exists already; --force replaces it`);
    }
  }
  const exchange = await tools.remote.open("get", { path: plan.path });
  try {
    return await receive(exchange, plan, tools);
  } catch (error) {
    await exchange.cancel();
    throw error;
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

async function receive(
  exchange: Exchange,
  { path, target }: DownloadPlan,
  { watcher, limit }: TransferTools,
): Promise<TransferResult> {
  const go = await exchange.accepted(COMMANDS.get.accept);
  if ("reply" in go) throw new StatusError(401, "The server sent no file");
  const { size, mtime } = go.accept;
  watcher.begin("transfer", size);
  using part = new PartFile(target);
  for (let received = 0;;) {
    const next = await exchange.receive();
    if (next.kind === "reply") throw new StatusError(401, "The server ended the file without its digest");
    if (next.kind === "data") {
      received += next.chunk.length;
      if (received > size) throw new StatusError(409, `More than ${size} bytes arrived for ${quote(path)}`);
      await part.write(next.chunk);
      watcher.advance(next.chunk.length);
      await limit.take(next.chunk.length);
      continue;
    }
    const arrived = part.digest();
    // Ours goes out in any case: the server then knows, too.
    await exchange.sendEnd(arrived);
    if (arrived.size !== size || arrived.size !== next.end.size || arrived.sha256 !== next.end.sha256) {
      throw new StatusError(
        409,
        `${quote(path)} did not arrive whole: sha256 ${arrived.sha256} instead of ${next.end.sha256}`,
      );
    }
    readFields((await exchange.reply()).header, COMMANDS.get.reply, "ignore");
    await part.install(mtime);
    return { code: 201, ...arrived, moved: arrived.size };
  }
}
