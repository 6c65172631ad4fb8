/** A local tree to the server: one look at what is there, then only what is missing, without a round trip per file. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "../transfer/download.ts";
import { listParts } from "../connection/list_remote.ts";
import { localInfo } from "../transfer/file.ts";
import { upload } from "../transfer/upload.ts";
import type { ConnectionPool, Task } from "./connection_pool.ts";
import { isUnchanged, parentOf, type TreeItem } from "./entry.ts";
import { checkExtras, type Extras, extrasOf, NO_EXTRAS } from "./extras.ts";
import { alreadyThere, inTheWay, nothingRemoved, type TreeJob } from "./job.ts";
import { kindNow, type LocalTree, walkLocal } from "./local_tree.ts";
import { dropParts, heldBy, planParts } from "./parts.ts";
import { gapsOf, type RemoteTree, remoteTree } from "./remote_tree.ts";
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
 * @throws {StatusError} 404 before the first byte when the whole does not fit; 407 when the base is a file; as
 *   `checkExtras`
 */
export async function putTree(place: PutTreePlan, job: TreeJob, pool: ConnectionPool): Promise<void> {
  const { options } = job;
  const { remote, temps } = pool.first;
  // The server looks at its tree while we look at ours, and answers what it has of unfinished uploads right after it.
  const [there, local, parts] = await Promise.all([
    remoteTree(remote, place.base, options),
    walkLocal(place.source, { ...options, temps }),
    listParts(remote),
  ]);
  const second = there ?? { items: new Map(), notes: [] };
  for (const { name, error } of local.failures) job.fail(name, error);
  const extras = planRemoval(local, second, { place, job });
  const plan = planPut(local.items, { there: second, gone: new Set(extras.tops.map(({ name }) => name)), job });
  const { reused, stale } = planParts(parts, plan.files, { ...place, limit: pool.first.limit });
  const work = { ...plan, reused };
  job.begin(work.files);
  await checkRoom(remote, place.base, {
    needed: bytesOf(work.files) - reused,
    freed: extras.bytes,
    dropped: heldBy(stale),
    parts: parts.filter((part) => !stale.includes(part)),
  });
  await removeExtras(extras, { first: local, place, job, tools: pool.first });
  if (options.dryRun) return work.files.forEach(({ name, size }) => job.moved(name, size));
  await dropParts(remote, stale);
  if (!there) job.answered(await remote.call("mkdir", { path: place.base, parents: true }));
  if (work.files.length === 0 && work.folders.length === 0) return;
  const large = work.files.filter((item) => isLarge(item, pool.first.limit));
  const count = pool.countFor(large.length);
  const shares = await storeTasks(work, { place, job, pool, isAlone: count === 1 });
  await pool.run([...shares, ...large.map((item): Task => (tools) => putLarge(item, { place, job, tools }))], count);
}

/** `--delete`: what only the server has is to go, if it is known that only the server has it. */
function planRemoval(
  local: LocalTree,
  there: RemoteTree,
  { place, job }: { place: PutTreePlan; job: TreeJob },
): Extras {
  const { options } = job;
  if (!options.remove) return NO_EXTRAS;
  // What could not be looked at here must not be taken for gone.
  if (local.failures.length > 0) {
    job.fail(place.source, nothingRemoved());
    return NO_EXTRAS;
  }
  const { unread, unsayable } = gapsOf(there, options);
  for (const note of unread.values()) job.told(note.name || place.base, note);
  const first = new Map(local.items.map((item) => [item.name, item]));
  // What is left out here as ours is not gone: what has its name there may be a user's.
  const untouchable = new Set([...unread.keys(), ...local.ours]);
  const extras = extrasOf({ first, second: there.items.values(), untouchable, unsayable }, options);
  checkExtras(extras, { first: place.source, isEmpty: first.size === 0 }, options);
  job.leftAlone.push(...extras.leftAlone);
  return extras;
}

async function removeExtras(
  { tops }: Extras,
  { first, place: { source, base }, job, tools: { remote, stopping } }: {
    first: LocalTree;
    place: PutTreePlan;
    job: TreeJob;
    tools: TransferTools;
  },
): Promise<void> {
  if (tops.length === 0) return;
  if (!localInfo(source)?.isDirectory) throw new StatusError(402, `Local ${quote(source)} is gone`);
  const kinds = new Map(tops.map(({ name }) => [name, undefined as TreeItem["entry"] | undefined]));
  for (const { name, entry } of first.items) if (kinds.has(name)) kinds.set(name, entry);
  for (const { name, entry } of tops) {
    // What the server had done already when it was stopped must not be followed by the next.
    stopping.throwIfAborted();
    await job.removing(name, async () => {
      if (kindNow(source, name) !== kinds.get(name)) {
        throw new StatusError(403, `${quote(name)} has changed here meanwhile, and was left alone on the server`);
      }
      const path = childOf(base, name);
      job.answered(await remote.call("rm", { path, recursive: entry === "folder" }));
    });
  }
}

/** Says what has to be sent. */
function planPut(
  local: readonly TreeItem[],
  { there, gone, job }: { there: RemoteTree; gone: ReadonlySet<string>; job: TreeJob },
): Omit<Work, "reused"> {
  const folders: TreeItem[] = [];
  const files: TreeItem[] = [];
  const { unread } = gapsOf(there, job.options);
  // What is of another kind there lets nothing through: it may be a link.
  const blocked = new Set<string>();
  for (const item of local) {
    const { name, entry } = item;
    const parent = parentOf(name);
    const other = gone.has(name) ? undefined : there.items.get(name);
    const isBlocked = blocked.has(parent) || (other && other.entry !== entry);
    if (isBlocked) blocked.add(name);
    if (entry === "link" || entry === "other") job.skip(name);
    else if (blocked.has(parent)) job.fail(name, inTheWay(parent, "on the server"));
    else if (other && other.entry !== entry) job.fail(name, inTheWay(name, "on the server"));
    else if (entry === "folder") other || folders.push(item);
    else if (other && isUnchanged(item, other) && !unread.has(name)) job.totals.unchanged++;
    else if (other && !job.options.force) job.fail(name, alreadyThere(name));
    else if (!job.options.force && unread.has(parent)) job.fail(name, unknown(name));
    else files.push(item);
  }
  return { folders, files };
}

/** The sentence for a file that must not be replaced, where nobody can say whether it is there. */
function unknown(name: string): StatusError {
  return new StatusError(
    406,
    `Whether ${quote(name)} exists already is not known: its folder on the server cannot be read`,
  );
}

async function putLarge(
  item: TreeItem,
  { place, job, tools }: { place: PutTreePlan; job: TreeJob; tools: TransferTools },
): Promise<void> {
  const { source, base, again } = place;
  await job.single(item, (watcher) => {
    const plan = { source: join(source, item.name), path: childOf(base, item.name), create: false, replace: true };
    return upload(plan, { ...tools, watcher }, { again });
  });
}
