/** A tree from the server: its listing first, then only what is missing here, many small files to a request. */
import { join } from "@std/path";
import { RECORD_LIMIT_BYTES } from "../../protocol/record.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../protocol/windows_name.ts";
import { download, type TransferTools } from "../download.ts";
import { localFailure } from "../local/file.ts";
import { fetchShare, type Lane } from "./fetch_small.ts";
import { isExcluded, looksSame, type TreeItem } from "./entry.ts";
import { inTheWay, nothingRemoved, shareOut, spread, type TreeJob } from "./job.ts";
import { LocalItems, walkLocal } from "./local_tree.ts";
import { extrasOf, remoteTree } from "./remote_tree.ts";

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

async function getLarge(item: TreeItem, { place, job, tools }: Lane): Promise<void> {
  const plan = {
    path: childOf(place.base, item.name),
    target: join(place.target, item.name),
    force: true,
    exec: true,
  };
  await job.large(item, async (watcher) => (await download(plan, { ...tools, watcher })).moved);
}
