/** A tree from the server: its listing first, then only what is missing here, many small files to a request. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../protocol/windows_name.ts";
import { download } from "../download.ts";
import { localFailure } from "../local/file.ts";
import { fetchShare, type Lane } from "./fetch_small.ts";
import type { Crew, Task } from "./crew.ts";
import { looksSame, type TreeItem, type TreeOptions } from "./entry.ts";
import { Exclude } from "./exclude.ts";
import { inTheWay, nothingRemoved, type TreeJob } from "./job.ts";
import { LocalItems, walkLocal } from "./local_tree.ts";
import { extrasOf, remoteTree } from "./remote_tree.ts";
import { isLarge, shareOut } from "./sharing.ts";

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
 * @throws {StatusError} 402 when there is no such folder, 407 when it is none
 */
export async function getTree(place: GetTreePlan, job: TreeJob, crew: Crew): Promise<void> {
  const { options } = job;
  const there = await remoteTree(crew.first.remote, place.base, options);
  if (!there) throw new StatusError(402, `${quote(place.base)} does not exist`);
  if (there.skipped > 0) job.skip(`${there.skipped} more, with names that the protocol cannot say`);
  const wanted = [...there.items.values()].filter((item) => !isExcluded(item, options));
  if (options.remove && there.skipped > 0) job.fail(place.base, nothingRemoved());
  const gone = options.remove && there.skipped === 0 ? await removeExtras(place, { wanted, job }) : [];
  const { files, unsure } = await planGet(wanted, place, { job, gone: new Set(gone) });
  job.begin(files);
  if (options.dryRun) return files.forEach(({ name, size }) => job.moved(name, size));
  if (files.length + unsure.length === 0) return;
  const { limit } = crew.first;
  const large = files.filter((item) => isLarge(item, limit));
  const small = files.filter((item) => !isLarge(item, limit));
  const single = (items: readonly TreeItem[], force: boolean) =>
    items.map((item): Task => (tools) => getOne(item, { place, job, tools }, force));
  await crew.run([
    ...shareOut(small, crew.shares).map((share): Task => (tools) => fetchShare(share, { place, job, tools })),
    ...single(large, true),
    ...single(unsure, false),
  ], crew.countFor(large.length + unsure.length));
}

/** `--delete`: what only this side has goes. */
async function removeExtras(
  { target }: GetTreePlan,
  { wanted, job }: { wanted: readonly TreeItem[]; job: TreeJob },
): Promise<string[]> {
  const { items } = await walkLocal(target, { exclude: new Exclude([]), checksum: false });
  const names = new Map(wanted.map((item) => [item.name, item]));
  const extras = extrasOf(items, names, (item) => isExcluded(item, job.options));
  for (const name of extras) await job.removing(name, () => removeLocal(join(target, name)));
  return extras;
}

function isExcluded({ name, entry }: TreeItem, { exclude }: TreeOptions): boolean {
  return exclude.fits(name, entry === "folder");
}

function removeLocal(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    throw localFailure(error, path);
  }
}

/** Makes the folders and says which files have to come. */
async function planGet(
  wanted: readonly TreeItem[],
  place: GetTreePlan,
  { job, gone }: { job: TreeJob; gone: ReadonlySet<string> },
): Promise<{ files: TreeItem[]; unsure: TreeItem[] }> {
  const { options } = job;
  if (!options.dryRun) makeFolder(place.target);
  const local = options.checksum ? await walkLocal(place.target, options) : undefined;
  const hashed = new Map(local?.items.map((item) => [item.name, item]));
  const here = new LocalItems(place.target);
  const files: TreeItem[] = [];
  /** Of another time, but perhaps of the same content: that is looked at one by one. */
  const unsure: TreeItem[] = [];
  // Folders that are here and are no links: files go into these and nowhere else, whatever the server lists.
  const ready = new Set([""]);
  for (const item of wanted) {
    const { name } = item;
    const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    try {
      if (!ready.has(parent)) throw inTheWay(parent, "here");
      if (item.entry === "link" || item.entry === "other") {
        job.skip(name);
        continue;
      }
      checkName(name, place.os);
      // A dry run has removed nothing, but plans as if it had.
      const there = gone.has(name) ? undefined : hashed.get(name) ?? here.find(name);
      if (there && there.entry !== item.entry) throw inTheWay(name, "here");
      if (item.entry === "folder") {
        if (!there && !options.dryRun) makeFolder(join(place.target, name));
        ready.add(name);
      } else if (there && looksSame(item, there)) {
        job.totals.unchanged++;
      } else if (there && !options.force && there.size === item.size && !options.checksum && !options.dryRun) {
        unsure.push(item);
      } else if (there && !options.force) {
        throw new StatusError(403, `A different local ${quote(name)} exists already; --force replaces it`);
      } else {
        files.push(item);
      }
    } catch (error) {
      job.fail(name, error);
    }
  }
  return { files, unsure };
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
    if (error instanceof Deno.errors.AlreadyExists) throw new StatusError(407, `Local ${quote(path)} is not a folder`);
    throw localFailure(error, path);
  }
}

async function getOne(item: TreeItem, { place, job, tools }: Lane, force: boolean): Promise<void> {
  const plan = {
    path: childOf(place.base, item.name),
    target: join(place.target, item.name),
    force,
    exec: true,
  };
  await job.single(item, (watcher) => download(plan, { ...tools, watcher }));
}
