/** Which files of a tree of the server have to come; its folders are made here. */
import { join } from "@std/path";
import { makePrivateFolder } from "../../files/folder.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isAllowedOnWindows } from "../../files/windows_name.ts";
import { localFailure } from "../transfer/file.ts";
import type { TempFiles } from "../transfer/temp_files.ts";
import { isUnchanged, parentOf, type TreeItem } from "./entry.ts";
import { inTheWay, type TreeJob } from "./job.ts";
import { walkTarget } from "./local_extras.ts";
import { LocalItems } from "./local_items.ts";

/** What is known of both sides. */
interface DownloadFacts {
  readonly target: string;
  /** The platform's name, as `Deno.build.os` has it. */
  readonly os: string;
  /** The tops of what was removed here, or with `dryRun` would be. */
  readonly gone: ReadonlySet<string>;
  /** Names whose content the server cannot read. */
  readonly unread: { has(name: string): boolean };
}

/** Takes the items of the server one by one, parents first. What cannot come is noted in the job. */
export class DownloadPlanner {
  readonly files: TreeItem[] = [];
  /** Of another time, but perhaps of the same content: that is looked at one by one. */
  readonly unsure: TreeItem[] = [];
  readonly #job: TreeJob;
  readonly #temps: TempFiles;
  readonly #facts: DownloadFacts;
  readonly #here: LocalItems;
  /** With `checksum`, what is here with its digest. */
  readonly #hashed: ReadonlyMap<string, TreeItem>;
  /** Folders that are here and are no links: files go into these and nowhere else, whatever the server lists. */
  readonly #ready = new Set([""]);

  private constructor(job: TreeJob, temps: TempFiles, more: { facts: DownloadFacts; hashed: readonly TreeItem[] }) {
    this.#job = job;
    this.#temps = temps;
    this.#facts = more.facts;
    this.#here = new LocalItems(more.facts.target);
    this.#hashed = new Map(more.hashed.map((item) => [item.name, item]));
  }

  /** Makes the target, and looks at all in it where digests are wanted. @throws {StatusError} as the local disk fails */
  static async start(job: TreeJob, temps: TempFiles, facts: DownloadFacts): Promise<DownloadPlanner> {
    if (!job.options.dryRun) makeFolder(facts.target);
    const local = job.options.checksum ? await walkTarget(facts.target, { ...job.options, temps }) : undefined;
    return new DownloadPlanner(job, temps, { facts, hashed: local?.items ?? [] });
  }

  add(item: TreeItem): void {
    this.#job.attempt(item.name, () => this.#add(item));
  }

  #add(item: TreeItem): void {
    const { name, entry } = item;
    const { target, os, unread } = this.#facts;
    const { options, totals } = this.#job;
    const parent = parentOf(name);
    if (!this.#ready.has(parent)) throw inTheWay(parent, "here");
    if (entry === "link" || entry === "other") return this.#job.skip(name);
    checkName(name, os);
    const here = this.#find(name);
    if (here && here.entry !== entry) throw inTheWay(name, "here");
    if (entry === "folder") {
      if (!here && !options.dryRun) makeFolder(join(target, name));
      this.#ready.add(name);
      return;
    }
    // It has failed already: its content is not known, and cannot be had.
    if (unread.has(name)) return;
    if (here && isUnchanged(item, here)) totals.unchanged++;
    else if (!here || options.force) this.files.push(item);
    else if (here.size === item.size && !options.checksum && !options.dryRun) this.unsure.push(item);
    else throw new StatusError(403, `A different local ${quote(name)} exists already; --force replaces it`);
  }

  /** What is here of that name and stays; a temporary file of ours makes way. */
  #find(name: string): TreeItem | undefined {
    const path = join(this.#facts.target, name);
    if (this.#temps.isOurs(path)) {
      if (!this.#job.options.dryRun) this.#temps.makeWay(path);
      return undefined;
    }
    // A dry run has removed nothing, but plans as if it had.
    return this.#facts.gone.has(name) ? undefined : this.#hashed.get(name) ?? this.#here.find(name);
  }
}

function checkName(name: string, os: string): void {
  if (os === "windows" && !name.split("/").every(isAllowedOnWindows)) {
    throw new StatusError(411, `Name ${quote(name)} is not allowed here`);
  }
}

function makeFolder(path: string): void {
  try {
    makePrivateFolder(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw new StatusError(407, `Local ${quote(path)} is not a folder`);
    throw localFailure(error, path);
  }
}
