/** A local tree to the server: one look at what is there, then only what is missing, without a round trip per file. */
import { join } from "@std/path";
import { childOf } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "../download.ts";
import { listParts } from "../list_remote.ts";
import { upload } from "../upload.ts";
import type { Crew, Task } from "./crew.ts";
import { looksSame, type TreeItem } from "./entry.ts";
import type { Exclude } from "./exclude.ts";
import { alreadyThere, inTheWay, nothingRemoved, type TreeJob } from "./job.ts";
import { type LocalTree, walkLocal } from "./local_tree.ts";
import { dropParts, heldBy, planParts } from "./parts.ts";
import { extrasOf, remoteTree } from "./remote_tree.ts";
import { checkRoom } from "./room.ts";
import { bytesOf, isLarge } from "./sharing.ts";
import { type StorePlace, storeTasks, type Work } from "./store_small.ts";

/** Which tree goes where. */
export interface PutTreePlan extends StorePlace {
  /** Whether an earlier try was cut off. */
  readonly again: boolean;
}

/**
 * Uploads a tree. What one file fails at is noted in the job; the others go on.
 *
 * @throws {StatusError} 404 before the first byte when the whole does not fit; 407 when the base is a file
 */
export async function putTree(place: PutTreePlan, job: TreeJob, crew: Crew): Promise<void> {
  const { options } = job;
  const { remote, stopping, temps } = crew.first;
  // The server looks at its tree while we look at ours, and answers what it has of unfinished uploads right after it.
  const [there, local, parts] = await Promise.all([
    remoteTree(remote, place.base, options),
    walkLocal(place.source, { ...options, temps }),
    listParts(remote),
  ]);
  for (const { name, error } of local.failures) job.fail(name, error);
  // What could not be looked at here must not be taken for gone.
  const mayRemove = options.remove && local.failures.length === 0;
  if (options.remove && !mayRemove) job.fail(place.source, nothingRemoved());
  const extras = mayRemove ? extrasToRemove(local, there?.items ?? new Map(), options.exclude) : [];
  const plan = planPut(local.items, { there: there?.items ?? new Map(), extras: new Set(extras), job });
  const { reused, stale } = planParts(parts, plan.files, { ...place, limit: crew.first.limit });
  const work = { ...plan, reused };
  job.begin(work.files);
  await checkRoom(remote, place.base, {
    needed: bytesOf(work.files) - reused,
    freed: bytesBelow(extras, there?.items ?? new Map()),
    dropped: heldBy(stale),
    parts: parts.filter((part) => !stale.includes(part)),
  });
  for (const name of extras) {
    // What the server had done already when it was stopped must not be followed by the next.
    stopping.throwIfAborted();
    await job.removing(name, async () => {
      job.answered(await remote.call("rm", { path: childOf(place.base, name), recursive: true }));
    });
  }
  if (options.dryRun) return work.files.forEach(({ name, size }) => job.moved(name, size));
  await dropParts(remote, stale);
  if (!there) job.answered(await remote.call("mkdir", { path: place.base, parents: true }));
  if (work.files.length === 0 && work.folders.length === 0) return;
  const large = work.files.filter((item) => isLarge(item, crew.first.limit));
  const count = crew.countFor(large.length);
  const shares = await storeTasks(work, { place, job, crew, isAlone: count === 1 });
  await crew.run([...shares, ...large.map((item): Task => (tools) => putLarge(item, { place, job, tools }))], count);
}

/** Bytes of the files that go with some names. */
function bytesBelow(tops: readonly string[], items: ReadonlyMap<string, TreeItem>): number {
  const gone = new Set(tops);
  let bytes = 0;
  for (const { name, size } of items.values()) {
    if (gone.has(name.slice(0, Math.max(0, name.lastIndexOf("/"))))) gone.add(name);
    if (gone.has(name)) bytes += size;
  }
  return bytes;
}

function extrasToRemove(
  { items, ours }: LocalTree,
  there: ReadonlyMap<string, TreeItem>,
  exclude: Exclude,
): string[] {
  const wanted = new Map(items.map((item) => [item.name, item]));
  // What is left out here as ours is not gone: what has its name there may be a user's.
  const kept = new Set(ours);
  return extrasOf(
    there.values(),
    wanted,
    ({ name, entry }) => kept.has(name) || exclude.fits(name, entry === "folder"),
  );
}

/** Says what has to be sent. */
function planPut(
  local: readonly TreeItem[],
  { there, extras, job }: { there: ReadonlyMap<string, TreeItem>; extras: ReadonlySet<string>; job: TreeJob },
): Omit<Work, "reused"> {
  const folders: TreeItem[] = [];
  const files: TreeItem[] = [];
  for (const item of local) {
    const other = extras.has(item.name) ? undefined : there.get(item.name);
    if (item.entry === "link" || item.entry === "other") job.skip(item.name);
    else if (other && other.entry !== item.entry) job.fail(item.name, inTheWay(item.name, "on the server"));
    else if (item.entry === "folder") other || folders.push(item);
    else if (other && looksSame(item, other)) job.totals.unchanged++;
    else if (other && !job.options.force) job.fail(item.name, alreadyThere(item.name));
    else files.push(item);
  }
  return { folders, files };
}

async function putLarge(
  item: TreeItem,
  { place, job, tools }: { place: PutTreePlan; job: TreeJob; tools: TransferTools },
): Promise<void> {
  const { source, base, again } = place;
  const plan = { source: join(source, item.name), path: childOf(base, item.name), create: false, replace: true };
  await job.single(item, (watcher) => upload(plan, { ...tools, watcher }, { again }));
}
