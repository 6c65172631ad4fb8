/** A tree from the server: its listing first, then only what is missing here, many small files to a request. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../files/windows_name.ts";
import { download } from "../transfer/download.ts";
import { localFailure } from "../transfer/file.ts";
import type { TempFiles } from "../transfer/temp_files.ts";
import { fetchShare, type Lane } from "./fetch_small.ts";
import type { ConnectionPool, Task } from "./connection_pool.ts";
import { isUnchanged, parentOf, type TreeItem } from "./entry.ts";
import { inTheWay, nothingRemoved, type TreeJob } from "./job.ts";
import { removeLocalExtras, walkTarget } from "./local_extras.ts";
import { LocalItems } from "./local_tree.ts";
import { gapsOf, remoteTree } from "./remote_tree.ts";
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
 * @throws {StatusError} 402 when there is no such folder, 407 when it is none; as `checkExtras`
 */
export async function getTree(place: GetTreePlan, job: TreeJob, pool: ConnectionPool): Promise<void> {
  const { options } = job;
  const there = await remoteTree(pool.first.remote, place.base, options);
  if (!there) throw new StatusError(402, `${quote(place.base)} does not exist`);
  const { exclude } = options;
  const wanted = [...there.items.values()].filter(({ name, entry }) => !exclude.fits(name, entry === "folder"));
  const { unread, unsayable } = gapsOf(there, options);
  for (const note of unread.values()) job.told(note.name || place.base, note);
  for (const [folder, count] of unsayable) job.skipUnsayable(folder || place.base, count);
  // What the server could not say must not be taken for gone.
  const mayRemove = options.remove && unread.size + unsayable.size === 0;
  if (options.remove && !mayRemove) job.fail(place.base, nothingRemoved());
  const { temps } = pool.first;
  if (!options.dryRun) await temps.tidy(place.target);
  const sides = { first: there.items, name: place.base, isEmpty: wanted.length === 0 };
  const gone = mayRemove ? await removeLocalExtras(place.target, { ...sides, job, temps }) : [];
  const { files, unsure } = await planGet(wanted, place, { job, gone: new Set(gone), unread, temps });
  job.begin(files);
  if (options.dryRun) return files.forEach(({ name, size }) => job.moved(name, size));
  if (files.length + unsure.length === 0) return;
  const { limit } = pool.first;
  const large = files.filter((item) => isLarge(item, limit));
  const small = files.filter((item) => !isLarge(item, limit));
  const single = (items: readonly TreeItem[], force: boolean) =>
    items.map((item): Task => (tools) => getOne(item, { place, job, tools }, force));
  using run = temps.begin(place.target);
  await pool.run([
    ...shareOut(small, pool.shares).map((share): Task => (tools) =>
      fetchShare(share, { place, job, tools, temps: run })
    ),
    ...single(large, true),
    ...single(unsure, false),
  ], pool.countFor(large.length + unsure.length));
}

/** Makes the folders and says which files have to come. */
async function planGet(
  wanted: readonly TreeItem[],
  place: GetTreePlan,
  { job, gone, unread, temps }: {
    job: TreeJob;
    gone: ReadonlySet<string>;
    unread: ReadonlyMap<string, unknown>;
    temps: TempFiles;
  },
): Promise<{ files: TreeItem[]; unsure: TreeItem[] }> {
  const { options } = job;
  if (!options.dryRun) makeFolder(place.target);
  const local = options.checksum ? await walkTarget(place.target, { ...options, temps }) : undefined;
  const hashed = new Map(local?.items.map((item) => [item.name, item]));
  const here = new LocalItems(place.target);
  const files: TreeItem[] = [];
  /** Of another time, but perhaps of the same content: that is looked at one by one. */
  const unsure: TreeItem[] = [];
  // Folders that are here and are no links: files go into these and nowhere else, whatever the server lists.
  const ready = new Set([""]);
  for (const item of wanted) {
    const { name } = item;
    const parent = parentOf(name);
    try {
      if (!ready.has(parent)) throw inTheWay(parent, "here");
      if (item.entry === "link" || item.entry === "other") {
        job.skip(name);
        continue;
      }
      checkName(name, place.os);
      const isOurs = temps.isOurs(join(place.target, name));
      if (isOurs && !options.dryRun) temps.makeWay(join(place.target, name));
      // A dry run has removed nothing, but plans as if it had.
      const there = gone.has(name) || isOurs ? undefined : hashed.get(name) ?? here.find(name);
      if (there && there.entry !== item.entry) throw inTheWay(name, "here");
      if (item.entry === "folder") {
        if (!there && !options.dryRun) makeFolder(join(place.target, name));
        ready.add(name);
      } else if (unread.has(name)) {
        // It has failed already: its content is not known, and cannot be had.
        continue;
      } else if (there && isUnchanged(item, there)) {
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

async function getOne(item: TreeItem, { place, job, tools }: Omit<Lane, "temps">, force: boolean): Promise<void> {
  await job.single(item, (watcher) => {
    const [path, target] = [childOf(place.base, item.name), join(place.target, item.name)];
    return download({ path, target, force, exec: true }, { ...tools, watcher });
  });
}
