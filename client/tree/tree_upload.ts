/** A local tree to the server: one look at what is there, then only what is missing, without a round trip per file. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import type { TransferTools } from "../transfer/download.ts";
import { listParts } from "../connection/list_remote.ts";
import { localInfo } from "../transfer/file.ts";
import { upload } from "../transfer/upload.ts";
import type { ConnectionPool, Task } from "./connection_pool.ts";
import type { TreeItem } from "./entry.ts";
import { type Extras, extrasOf, NO_EXTRAS } from "./extras.ts";
import { nothingRemoved, type TreeJob } from "./job.ts";
import { kindNow } from "./local_items.ts";
import { type LocalTree, walkLocal } from "./local_tree.ts";
import { dropParts, heldBy, planParts } from "./parts.ts";
import { planUpload, type UploadWork } from "./plan_upload.ts";
import { EMPTY_TREE, type RemoteTree, remoteTree } from "./remote_tree.ts";
import { checkRoom } from "./room.ts";
import { bytesOf, isLarge, shareOut } from "./sharing.ts";
import { type Share, SmallUpload } from "./small_upload.ts";

/** One run over a local tree. What one file fails at is noted in the job; the others go on. */
export class TreeUpload {
  readonly job: TreeJob;
  /** The local folder, and where it goes. */
  readonly source: string;
  readonly base: VirtualPath;
  readonly #again: boolean;
  readonly #pool: ConnectionPool;

  /** @param place `again`: whether an earlier try was cut off */
  constructor(job: TreeJob, pool: ConnectionPool, place: { source: string; base: VirtualPath; again: boolean }) {
    this.job = job;
    this.source = place.source;
    this.base = place.base;
    this.#again = place.again;
    this.#pool = pool;
  }

  /** @throws {StatusError} 404 before the first byte when the whole does not fit; 407 when the base is a file; as `extrasOf` */
  async run(): Promise<void> {
    const { job, base } = this;
    const { options } = job;
    const { remote, temps, limit } = this.#pool.first;
    // The server looks at its tree while we look at ours, and lists the unfinished uploads right after it.
    const [found, local, parts] = await Promise.all([
      remoteTree(remote, base, options),
      walkLocal(this.source, { ...options, temps }),
      listParts(remote),
    ]);
    const there = found ?? EMPTY_TREE;
    for (const { name, error } of local.failures) job.fail(name, error);
    const extras = this.#planRemoval(local, there);
    const work = planUpload(local.items, job, { there, gone: new Set(extras.tops.map(({ name }) => name)) });
    const { files } = work;
    const { reused, stale } = planParts(parts, files, { base, limit, again: this.#again });
    job.begin(files);
    await checkRoom(remote, base, {
      needed: bytesOf(files) - reused,
      freed: extras.bytes,
      dropped: heldBy(stale),
      parts: parts.filter((part) => !stale.includes(part)),
    });
    await this.#remove(extras.tops, local);
    if (options.dryRun) return files.forEach(({ name, size }) => job.moved(name, size));
    await dropParts(remote, stale);
    if (!found) job.answered(await remote.call("mkdir", { path: base, parents: true }));
    if (files.length + work.folders.length > 0) await this.#transfer(work, reused);
  }

  /** `--delete`: what only the server has is to go, if it is known that only the server has it. */
  #planRemoval({ items, failures, ours }: LocalTree, { items: there, unread, unsayable }: RemoteTree): Extras {
    const { job, source } = this;
    if (!job.options.remove) return NO_EXTRAS;
    // What could not be looked at here must not be taken for gone.
    if (failures.length > 0) {
      job.fail(source, nothingRemoved());
      return NO_EXTRAS;
    }
    for (const note of unread.values()) job.reported(note.name || this.base, note);
    const first = new Map(items.map((item) => [item.name, item]));
    // What is left out here as ours is not gone: what has its name there may be a user's.
    const untouchable = new Set([...unread.keys(), ...ours]);
    const sides = { name: source, isEmpty: first.size === 0, first, second: there.values(), untouchable, unsayable };
    const extras = extrasOf(sides, job.options);
    job.leftAlone.push(...extras.leftAlone);
    return extras;
  }

  async #remove(tops: readonly TreeItem[], local: LocalTree): Promise<void> {
    const { job, source } = this;
    if (tops.length === 0) return;
    if (!localInfo(source)?.isDirectory) throw new StatusError(402, `Local ${quote(source)} is gone`);
    const names = new Set(tops.map(({ name }) => name));
    const kinds = new Map(local.items.filter(({ name }) => names.has(name)).map(({ name, entry }) => [name, entry]));
    const { remote, stopping } = this.#pool.first;
    for (const { name, entry } of tops) {
      // What the server had done already when it was stopped must not be followed by the next.
      stopping.throwIfAborted();
      await job.removing(name, async () => {
        if (kindNow(source, name) !== kinds.get(name)) {
          throw new StatusError(403, `${quote(name)} has changed here meanwhile, and was left alone on the server`);
        }
        const path = childOf(this.base, name);
        job.answered(await remote.call("rm", { path, recursive: entry === "folder" }));
      });
    }
  }

  /** @param reused bytes that are reserved already, by uploads that were interrupted */
  async #transfer({ folders, files }: UploadWork, reused: number): Promise<void> {
    const { first, shares } = this.#pool;
    const small = files.filter((item) => !isLarge(item, first.limit));
    const large = files.filter((item) => isLarge(item, first.limit));
    const count = this.#pool.countFor(large.length);
    const whole = bytesOf(files) - reused;
    const taskOf = (share: Share): Task => (tools) => new SmallUpload(this, tools, share).run();
    const tasks: Task[] = [];
    if (count === 1) tasks.push(taskOf({ folders, files: small, more: whole - bytesOf(small) }));
    else {
      // Folders have to be there before another connection puts something into them.
      await taskOf({ folders, files: [], more: whole })(first);
      for (const share of shareOut(small, shares)) tasks.push(taskOf({ folders: [], files: share, more: 0 }));
    }
    for (const item of large) tasks.push((tools) => this.#sendLarge(item, tools));
    await this.#pool.run(tasks, count);
  }

  async #sendLarge(item: TreeItem, tools: TransferTools): Promise<void> {
    await this.job.single(item, (watcher) => {
      const [source, path] = [join(this.source, item.name), childOf(this.base, item.name)];
      return upload({ source, path, create: false, replace: true }, { ...tools, watcher }, { again: this.#again });
    });
  }
}
