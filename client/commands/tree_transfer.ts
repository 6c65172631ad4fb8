/** Moves trees for the shell: connections, retries, the progress line and the report. */
import { basename } from "@std/path";
import { counted, formatDuration, formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { nameOf, type VirtualPath } from "../../protocol/virtual_path.ts";
import { openSession } from "../connection/session.ts";
import { isStop, SAME_COMMAND, stopOf } from "../connection/stopped.ts";
import { ConnectionPool } from "../tree/connection_pool.ts";
import type { TreeOptions } from "../tree/entry.ts";
import { type Arrived, TreeJob } from "../tree/job.ts";
import { TreeDownload } from "../tree/tree_download.ts";
import { TreeUpload } from "../tree/tree_upload.ts";
import type { Shell } from "./shell.ts";

/** Lines that are written at a time. */
const PAGE_LINES = 1_000;

/** One tree that a command moves. What fails of it is listed at the end and makes the exit status 1. */
export class TreeTransfer {
  readonly #shell: Shell;
  readonly #command: "get" | "put" | "sync";
  readonly #options: TreeOptions;
  /** A dry run and a sync say at their end what they did, the removals among it. */
  readonly #listsActions: boolean;

  constructor(shell: Shell, command: "get" | "put" | "sync", options: TreeOptions) {
    this.#shell = shell;
    this.#command = command;
    this.#options = options;
    this.#listsActions = options.dryRun || command === "sync";
  }

  /** Uploads a tree. @returns whether nothing failed */
  upload(local: string, base: VirtualPath): Promise<boolean> {
    const shell = this.#shell;
    return this.#run(basename(local), "send", async (job, pool, again) => {
      await new TreeUpload(job, pool, { source: shell.localFolder(local), base, again }).run();
    });
  }

  /** Downloads a tree. @returns whether nothing failed */
  download(base: VirtualPath, target: string): Promise<boolean> {
    const { os } = this.#shell.reporter.terminal;
    return this.#run(nameOf(base), "receive", async (job, pool) => {
      await new TreeDownload(job, pool, { base, target, os }).run();
    });
  }

  /** @param work moves the tree; `again` after a connection was lost */
  async #run(
    name: string,
    verb: "send" | "receive",
    work: (job: TreeJob, pool: ConnectionPool, again: boolean) => Promise<void>,
  ): Promise<boolean> {
    const { reporter, link } = this.#shell;
    const started = performance.now();
    const view = reporter.view(name);
    const onArrived = this.#command === "sync" ? undefined : (files: Arrived) => reporter.files(files);
    let job: TreeJob;
    try {
      job = await link.run(async (_remote, attempt) => {
        const fresh = new TreeJob(this.#options, view, { verb, keepsActions: this.#listsActions, onArrived });
        const { session } = link;
        await using pool = new ConnectionPool(this.#shell.tools(session.remote, view), {
          wanted: this.#options.parallel,
          open: async () => (await openSession(session.again, () => {})).remote,
        });
        await work(fresh, pool, attempt > 1);
        return fresh;
      });
    } catch (error) {
      if (!isStop(error)) throw error;
      throw stopOf(name, this.#options.dryRun ? undefined : SAME_COMMAND);
    } finally {
      view.clear();
    }
    const ms = performance.now() - started;
    this.#reportItems(job);
    this.#reportTotals(job, { name, ms });
    return job.totals.failed === 0;
  }

  /** What was done, and what was not. */
  #reportItems({ actions, leftAlone, skipped, warnings, failures }: TreeJob): void {
    const { reporter } = this.#shell;
    const command = this.#command;
    for (let at = 0; at < actions.length; at += PAGE_LINES) {
      const page = actions.slice(at, at + PAGE_LINES);
      reporter.results(page.map((action) => ({ text: action, record: { command, action } })));
    }
    for (const what of leftAlone) reporter.aside(`Left alone: ${what}`);
    for (const { name, why } of skipped) reporter.aside(`Skipped ${name}: ${why}`);
    for (const warning of warnings) reporter.warning(warning);
    for (const { name, code, message, details } of failures) {
      reporter.failureOf(name, new StatusError(code, message, { details }));
    }
  }

  #reportTotals({ totals, skipped, leftAlone, warnings }: TreeJob, { name, ms }: { name: string; ms: number }): void {
    const { dryRun } = this.#options;
    const { files, bytes, unchanged, removed, failed } = totals;
    const rate = formatSize(Math.round(bytes / Math.max(ms, 1) * 1000));
    const removals = removed > 0 ? `, ${removed} removed` : "";
    const failures = failed > 0 ? `, ${failed} failed` : "";
    const what = `${counted(files, "file")}, ${formatSize(bytes)}`;
    const moved = dryRun ? `Would move ${what}` : `Moved ${what} in ${formatDuration(ms)}, ${rate}/s`;
    const verified = files > 0 && !dryRun ? ", sha256 ok" : "";
    this.#shell.reporter.done(
      `${moved}; ${unchanged} unchanged${removals}${failures}${verified}`,
      {
        command: this.#command,
        name,
        files,
        bytes,
        unchanged,
        removed,
        failed,
        skipped: skipped.reduce((sum, { count }) => sum + count, 0),
        skippedNames: skipped.map(({ name }) => name),
        leftAlone: leftAlone.length > 0 ? leftAlone : undefined,
        warnings: warnings.length > 0 ? warnings : undefined,
        ms: Math.round(ms),
      },
      failed === 0,
    );
  }
}
