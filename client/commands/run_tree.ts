/** Runs a tree transfer for the shell: connections, retries, the progress line and the report. */
import { counted, formatDuration, formatSize } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { openSession } from "../connection/session.ts";
import { isStop, SAME_COMMAND, stopOf } from "../connection/stopped.ts";
import type { Shell } from "./shell.ts";
import { ConnectionPool } from "../tree/connection_pool.ts";
import type { TreeOptions } from "../tree/entry.ts";
import { type Arrived, TreeJob } from "../tree/job.ts";

/** Lines that are written at a time. */
const PAGE_LINES = 1_000;

/** What is run. */
export interface TreeRun {
  /** `get`, `put` or `sync`, and what the progress line begins with. */
  readonly command: string;
  readonly name: string;
  /** What moving a file is called. */
  readonly verb: "send" | "receive";
  readonly options: TreeOptions;
  /** Moves the tree; `again` after a connection was lost. */
  work(job: TreeJob, pool: ConnectionPool, again: boolean): Promise<void>;
}

/**
 * Moves a tree and says how it went; what failed is listed at the end and makes the exit status 1.
 *
 * @returns whether nothing failed
 */
export async function runTree(shell: Shell, { command, name, verb, options, work }: TreeRun): Promise<boolean> {
  const { reporter } = shell;
  const started = performance.now();
  const view = reporter.view(name);
  // A sync says at its end what it did, the removals among it.
  const onArrived = command === "sync" ? undefined : (files: Arrived) => reporter.files(files);
  const keepsActions = options.dryRun || command === "sync";
  let job: TreeJob;
  try {
    job = await shell.link.run(async (_remote, attempt) => {
      const fresh = new TreeJob(options, view, { verb, keepsActions, onArrived });
      const { session } = shell.link;
      await using pool = new ConnectionPool(shell.tools(session.remote, view), {
        wanted: options.parallel,
        open: async () => (await openSession(session.again, () => {})).remote,
      });
      await work(fresh, pool, attempt > 1);
      return fresh;
    });
  } catch (error) {
    if (!isStop(error)) throw error;
    throw stopOf(name, options.dryRun ? undefined : SAME_COMMAND);
  } finally {
    view.clear();
  }
  const ms = performance.now() - started;
  if (keepsActions) {
    for (let at = 0; at < job.actions.length; at += PAGE_LINES) {
      const page = job.actions.slice(at, at + PAGE_LINES);
      reporter.results(page.map((action) => ({ text: action, record: { command, action } })));
    }
  }
  for (const what of job.leftAlone) reporter.aside(`Left alone: ${what}`);
  for (const { name, why } of job.skipped) reporter.aside(`Skipped ${name}: ${why}`);
  for (const warning of job.warnings) reporter.warning(warning);
  for (const { name, code, message, details } of job.failures) {
    reporter.failureOf(name, new StatusError(code, message, { details }));
  }
  const { files, bytes, unchanged, removed, failed } = job.totals;
  const rate = formatSize(Math.round(bytes / Math.max(ms, 1) * 1000));
  const removals = removed > 0 ? `, ${removed} removed` : "";
  const failures = failed > 0 ? `, ${failed} failed` : "";
  const what = `${counted(files, "file")}, ${formatSize(bytes)}`;
  const moved = options.dryRun ? `Would move ${what}` : `Moved ${what} in ${formatDuration(ms)}, ${rate}/s`;
  const verified = files > 0 && !options.dryRun ? ", sha256 ok" : "";
  reporter.done(
    `${moved}; ${unchanged} unchanged${removals}${failures}${verified}`,
    {
      command,
      name,
      files,
      bytes,
      unchanged,
      removed,
      failed,
      skipped: job.skipped.reduce((sum, { count }) => sum + count, 0),
      skippedNames: job.skipped.map(({ name }) => name),
      leftAlone: job.leftAlone.length > 0 ? job.leftAlone : undefined,
      warnings: job.warnings.length > 0 ? job.warnings : undefined,
      ms: Math.round(ms),
    },
    failed === 0,
  );
  return failed === 0;
}
