/** `deno task bench`: this program next to its peers, in one run on one machine. */
import { isInMemory } from "./memory_folder.ts";
import { type BenchOptions, parseOptions, USAGE } from "./options.ts";
import { note, print } from "./print.ts";
import { type Race, race } from "./race.ts";
import { Report } from "./report.ts";
import { Site } from "./site.ts";
import type { Workload } from "./workload.ts";
import { big } from "./workloads/big.ts";
import { clients } from "./workloads/clients.ts";
import { memory } from "./workloads/memory.ts";
import { list, login } from "./workloads/small_talk.ts";
import { again, fsync, real, small } from "./workloads/trees.ts";

const WORKLOADS: readonly Workload[] = [big, small, again, real, fsync, clients, list, login, memory];

function workloadsOf({ workloads }: BenchOptions): readonly Workload[] {
  const unknown = workloads.find((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new Error(`Unknown workload "${unknown}"; --help lists them`);
  return workloads.length === 0 ? WORKLOADS : WORKLOADS.filter(({ name }) => workloads.includes(name));
}

/** Runs a workload in a scratch folder, with servers of its own: all are gone afterwards. */
async function runWorkload(
  workload: Workload,
  { options, report, signal }: { options: BenchOptions; report: Report; signal: AbortSignal },
): Promise<void> {
  note(`${workload.name}: ${workload.summary}`);
  await using site = await Site.open(options[workload.place]);
  report.introduce(site);
  if (workload.place === "memory" && !isInMemory(site.folder)) {
    report.remark("No tmpfs with room was found: files are on a disk; --memory DIR names one");
  }
  await workload.run({
    options,
    site,
    signal,
    async race(plan: Race) {
      const result = await race(plan, { ...options, signal });
      report.race(workload.name, result);
      return result;
    },
    notePeak(when: string) {
      report.peak({ workload: workload.name, when, bytes: site.ours.daemon.peakMemory() });
    },
  });
}

/** @returns the exit status: 1 when something failed, 130 when interrupted */
async function main(options: BenchOptions): Promise<number> {
  const chosen = workloadsOf(options);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());
  const report = new Report(options);
  for (const workload of chosen) {
    try {
      await runWorkload(workload, { options, report, signal: stop.signal });
    } catch (error) {
      if (stop.signal.aborted) break;
      report.fail(workload.name, error instanceof Error ? error.message : String(error));
    }
  }
  report.finish();
  return stop.signal.aborted ? 130 : report.hasFailures ? 1 : 0;
}

if (import.meta.main) {
  let status = 0;
  try {
    const options = parseOptions(Deno.args);
    if (options) status = await main(options);
    else print([USAGE, ...WORKLOADS.map(({ name, summary }) => `  ${name.padEnd(8)}  ${summary}`)].join("\n"));
  } catch (error) {
    note(`bench: ${error instanceof Error ? error.message : error}`);
    status = 2;
  }
  Deno.exit(status);
}
