/** A tree from the server: its listing first, then only what is missing here, many small files to a request. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { FETCH_RECORD } from "../../protocol/commands.ts";
import { readFields } from "../../protocol/fields.ts";
import { failureOf } from "../../protocol/messages.ts";
import { type FileRecord, RECORD_LIMIT_BYTES, unpackRecords } from "../../protocol/record.ts";
import { isStatusCode, StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../protocol/windows_name.ts";
import { download, type TransferTools } from "../download.ts";
import type { Exchange } from "../exchange.ts";
import { localFailure } from "../local/file.ts";
import { SmallFileWriter } from "../local/small_files.ts";
import { isExcluded, looksSame, type TreeItem } from "./entry.ts";
import { inTheWay, nothingRemoved, shareOut, spread, type TreeJob } from "./job.ts";
import { LocalItems, walkLocal } from "./local_tree.ts";
import { extrasOf, remoteTree } from "./remote_tree.ts";

/** Names in one request: about half a frame of them. */
const NAMES_BYTES = 524_288;

const encoder = new TextEncoder();

/** Which tree goes where. */
export interface GetTreePlan {
  readonly base: VirtualPath;
  readonly target: string;
  /** The platform's name, as `Deno.build.os` has it. */
  readonly os: string;
}

/**
 * Downloads a tree. What one file fails at is noted in the job; the others go on.
 *
 * @param lanes a connection each; the first does what cannot be shared
 * @throws {StatusError} 402 when there is no such folder, 407 when it is none
 */
export async function getTree(place: GetTreePlan, job: TreeJob, lanes: readonly TransferTools[]): Promise<void> {
  const { options } = job;
  const there = await remoteTree(lanes[0]!.remote, place.base, options);
  if (!there) throw new StatusError(402, `${quote(place.base)} does not exist`);
  if (there.skipped > 0) job.skip(`${there.skipped} more, with names that the protocol cannot say`);
  const wanted = [...there.items.values()].filter(({ name }) => !isExcluded(name, options.exclude));
  if (options.remove && there.skipped > 0) job.fail(place.base, nothingRemoved());
  else if (options.remove) await removeExtras(place, { wanted, job });
  const files = await planGet(wanted, place, job);
  job.begin(files);
  if (options.dryRun) return files.forEach(({ name, size }) => job.moved(name, size));
  const small = files.filter((item) => !isLarge(item));
  await spread(shareOut(small, lanes.length), lanes, (items, tools) => fetchShare(items, { place, job, tools }));
  await spread(files.filter(isLarge), lanes, (item, tools) => getLarge(item, { place, job, tools }));
}

function isLarge({ size }: TreeItem): boolean {
  return size > RECORD_LIMIT_BYTES;
}

/** `--delete`: what only this side has goes. */
async function removeExtras(
  { target }: GetTreePlan,
  { wanted, job }: { wanted: readonly TreeItem[]; job: TreeJob },
): Promise<void> {
  const { items } = await walkLocal(target, { exclude: [], checksum: false });
  const names = new Map(wanted.map((item) => [item.name, item]));
  for (const name of extrasOf(items, names, (name) => isExcluded(name, job.options.exclude))) {
    try {
      if (!job.options.dryRun) Deno.removeSync(join(target, name), { recursive: true });
      job.removed(name);
    } catch (error) {
      job.fail(name, localFailure(error, name));
    }
  }
}

/** Makes the folders and says which files have to come. */
async function planGet(wanted: readonly TreeItem[], place: GetTreePlan, job: TreeJob): Promise<TreeItem[]> {
  const { options } = job;
  if (!options.dryRun) makeFolder(place.target);
  const local = options.checksum ? await walkLocal(place.target, options) : undefined;
  const hashed = new Map(local?.items.map((item) => [item.name, item]));
  const here = new LocalItems(place.target);
  const files: TreeItem[] = [];
  const blocked = new Set<string>();
  for (const item of wanted) {
    const { name } = item;
    const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    try {
      if (blocked.has(parent)) throw inTheWay(parent, "here");
      if (item.entry === "link" || item.entry === "other") {
        job.skip(name);
        continue;
      }
      checkName(name, place.os);
      const there = hashed.get(name) ?? here.find(name);
      if (there && there.entry !== item.entry) throw inTheWay(name, "here");
      if (item.entry === "folder") {
        if (!there && !options.dryRun) makeFolder(join(place.target, name));
      } else if (there && looksSame(item, there)) {
        job.totals.unchanged++;
      } else if (there && !options.force) {
        throw new StatusError(403, `A different local ${quote(name)} exists already; --force replaces it`);
      } else {
        files.push(item);
      }
    } catch (error) {
      // A link or file here where the tree has a folder: nothing is written through it.
      if (item.entry === "folder") blocked.add(name);
      job.fail(name, error);
    }
  }
  return files;
}

function checkName(name: string, os: string): void {
  if (os === "windows" && !name.split("/").every(isAllowedOnWindows)) {
    throw new StatusError(411, `Name ${quote(name)} is not allowed here`);
  }
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw localFailure(error, path);
  }
}

interface Lane {
  readonly place: GetTreePlan;
  readonly job: TreeJob;
  readonly tools: TransferTools;
}

/** Fetches small files. The next request is on its way while one is answered. */
async function fetchShare(items: readonly TreeItem[], lane: Lane): Promise<void> {
  const { place, tools } = lane;
  const open = (batch: readonly TreeItem[] | undefined) => {
    if (!batch) return undefined;
    const names = encoder.encode(batch.map(({ name }) => `${name}\n`).join(""));
    return tools.remote.open("fetch", { path: place.base }, names);
  };
  const batches = batchesOf(items);
  let next = open(batches[0]);
  for (const [index, batch] of batches.entries()) {
    const exchange = await next!;
    next = open(batches[index + 1]);
    // If this one fails, the other is cancelled with the connection or answered in vain.
    next?.catch(() => {});
    try {
      await receiveBatch(exchange, batch, lane);
    } catch (error) {
      await exchange.cancel();
      await (await next)?.cancel();
      throw error;
    }
  }
}

function batchesOf(items: readonly TreeItem[]): TreeItem[][] {
  const batches: TreeItem[][] = [];
  let bytes = NAMES_BYTES;
  for (const item of items) {
    if (bytes + item.name.length * 3 + 1 > NAMES_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(item);
    bytes += item.name.length * 3 + 1;
  }
  return batches;
}

async function receiveBatch(
  exchange: Exchange,
  batch: readonly TreeItem[],
  { place, job, tools }: Lane,
): Promise<void> {
  await using writer = new SmallFileWriter();
  const digests = createHash("sha256");
  let size = 0;
  let at = 0;
  for (;;) {
    const next = await exchange.receive();
    if (next.kind === "reply") throw failureOf(next.reply);
    if (next.kind === "end") {
      const ours = { size, sha256: digests.digest("hex") };
      await exchange.sendEnd(ours);
      if (at !== batch.length || ours.size !== next.end.size || ours.sha256 !== next.end.sha256) {
        throw new StatusError(409, "Other files arrived than the server sent");
      }
      await exchange.reply();
      return await writer.flush();
    }
    for (const record of unpackRecords(next.chunk)) {
      const item = batch[at++];
      const sha256 = takeRecord(record, item, { place, job, writer });
      if (sha256 === undefined) continue;
      digests.update(sha256);
      size += record.content.length;
    }
    if (writer.isDue) await writer.flush();
    await tools.limit.take(next.chunk.length);
  }
}

/** Writes one file that was asked for, under the name it was asked by. */
function takeRecord(
  { header, content }: FileRecord,
  item: TreeItem | undefined,
  { place, job, writer }: { place: GetTreePlan; job: TreeJob; writer: SmallFileWriter },
): string | undefined {
  const { name, mtime = 0, exec = false, sha256, code, message = "" } = readFields(header, FETCH_RECORD, "ignore");
  if (!item || name !== item.name) throw new StatusError(401, "The server sent a file that was not asked for");
  if (code !== undefined) {
    job.fail(name, new StatusError(isStatusCode(code) ? code : 500, message));
    return undefined;
  }
  if (sha256 === undefined) throw new StatusError(401, "The server sent a file without its digest");
  try {
    writer.add({ target: join(place.target, name), content, sha256, mtime, exec });
    job.moved(name, content.length);
  } catch (error) {
    job.fail(name, error);
  }
  return sha256;
}

async function getLarge(item: TreeItem, { place, job, tools }: Lane): Promise<void> {
  const plan = {
    path: childOf(place.base, item.name),
    target: join(place.target, item.name),
    force: true,
    exec: true,
  };
  await job.large(item, async (watcher) => (await download(plan, { ...tools, watcher })).moved);
}
