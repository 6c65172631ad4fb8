/** A tree from the server: its listing first, then only what is missing here, many small files to a request. */
import { join } from "@std/path";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { childOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { download } from "../transfer/download.ts";
import type { ConnectionPool, Task } from "./connection_pool.ts";
import type { TreeItem } from "./entry.ts";
import { nothingRemoved, type TreeJob } from "./job.ts";
import { localExtras, removeLocal } from "./local_extras.ts";
import { DownloadPlanner } from "./plan_download.ts";
import { type RemoteTree, remoteTree } from "./remote_tree.ts";
import { isLarge, shareOut } from "./sharing.ts";
import { SmallDownload } from "./small_download.ts";

/** One run over a tree of the server. What one file fails at is noted in the job; the others go on. */
export class TreeDownload {
  readonly job: TreeJob;
  /** The folder on the server, and where it goes. */
  readonly base: VirtualPath;
  readonly target: string;
  readonly #os: string;
  readonly #pool: ConnectionPool;

  /** @param place `os`: the platform's name, as `Deno.build.os` has it */
  constructor(job: TreeJob, pool: ConnectionPool, place: { base: VirtualPath; target: string; os: string }) {
    this.job = job;
    this.base = place.base;
    this.target = place.target;
    this.#os = place.os;
    this.#pool = pool;
  }

  /** @throws {StatusError} 402 when there is no such folder, 407 when it is none; as `extrasOf` */
  async run(): Promise<void> {
    const { job, base, target } = this;
    const { options } = job;
    const { remote, temps } = this.#pool.first;
    const there = await remoteTree(remote, base, options);
    if (!there) throw new StatusError(402, `${quote(base)} does not exist`);
    const wanted = [...there.items.values()]
      .filter(({ name, entry }) => !options.exclude.fits(name, entry === "folder"));
    for (const note of there.unread.values()) job.reported(note.name || base, note);
    for (const [folder, count] of there.unsayable) job.skipUnsayable(folder || base, count);
    if (!options.dryRun) await temps.tidy(target);
    const gone = await this.#removeExtras(there, { isEmpty: wanted.length === 0 });
    const planner = await DownloadPlanner.start(job, temps, { target, os: this.#os, gone, unread: there.unread });
    for (const item of wanted) planner.add(item);
    const { files, unsure } = planner;
    job.begin(files);
    if (options.dryRun) return files.forEach(({ name, size }) => job.moved(name, size));
    if (files.length + unsure.length > 0) await this.#transfer(files, unsure);
  }

  /** `--delete`: removes what is only here. @returns the tops of what is gone, or with `dryRun` would be */
  async #removeExtras(there: RemoteTree, { isEmpty }: { isEmpty: boolean }): Promise<ReadonlySet<string>> {
    const { job, base, target } = this;
    if (!job.options.remove) return new Set();
    // What the server could not say must not be taken for gone.
    if (there.unread.size + there.unsayable.size > 0) {
      job.fail(base, nothingRemoved());
      return new Set();
    }
    const { tops, leftAlone } = await localExtras(target, this.#pool.first.temps, {
      job,
      first: { name: base, isEmpty, first: there.items },
    });
    job.leftAlone.push(...leftAlone);
    for (const item of tops) await job.removing(item.name, () => removeLocal(join(target, item.name), item));
    return new Set(tops.map(({ name }) => name));
  }

  async #transfer(files: readonly TreeItem[], unsure: readonly TreeItem[]): Promise<void> {
    const { first, shares } = this.#pool;
    const large = files.filter((item) => isLarge(item, first.limit));
    const small = files.filter((item) => !isLarge(item, first.limit));
    using temps = first.temps.begin(this.target);
    await this.#pool.run([
      ...shareOut(small, shares).map((share): Task => (tools) => new SmallDownload(this, tools, temps).run(share)),
      ...large.map((item) => this.#taskOf(item, { force: true })),
      ...unsure.map((item) => this.#taskOf(item, { force: false })),
    ], this.#pool.countFor(large.length + unsure.length));
  }

  /** One file on its own. @param options `force`: replaces a different file that is here */
  #taskOf(item: TreeItem, { force }: { force: boolean }): Task {
    return (tools) =>
      this.job.single(item, (watcher) => {
        const [path, target] = [childOf(this.base, item.name), join(this.target, item.name)];
        return download({ path, target, force, exec: true }, { ...tools, watcher });
      });
  }
}
