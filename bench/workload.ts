/** What a workload is, and how its races are put together. */
import type { Action, Call, Contender } from "./contender.ts";
import { run } from "./job.ts";
import type { BenchOptions } from "./options.ts";
import type { Race, RaceResult, Runner } from "./race.ts";
import type { Site } from "./site.ts";

/** With what a workload works. */
export interface Tools {
  readonly options: BenchOptions;
  readonly site: Site;
  readonly signal: AbortSignal;
  /** Runs a race; its table comes out at once. */
  race(race: Race): Promise<RaceResult>;
  /** Our server's peak memory by now goes into the report. */
  notePeak(when: string): void;
}

/** One kind of work. */
export interface Workload {
  readonly name: string;
  readonly summary: string;
  /** Where its scratch folder is. */
  readonly place: "memory" | "disk";
  run(tools: Tools): Promise<void>;
}

/** What a contender needs to run in a race. */
export interface Plan {
  readonly call: Call;
  prepare(signal: AbortSignal): Promise<void> | void;
  check(stdout: string): void;
}

/** The contenders that can do something and are wanted, ours first. */
export function able({ site, options }: Tools, action: Action): Contender[] {
  const isWanted = (name: string) =>
    name.startsWith("ftp") || name.includes(options.only) && (options.skip === "" || !name.includes(options.skip));
  return site.contenders.filter(({ jobs, name }) => jobs[action] !== undefined && isWanted(name));
}

/** A runner for each contender that can do `action`. */
export function runnersOf(tools: Tools, action: Action, planOf: (contender: Contender) => Plan): Runner[] {
  return able(tools, action).map((contender) => {
    const { call, prepare, check } = planOf(contender);
    const { name, isEncrypted, isVerified } = contender;
    return {
      name,
      isEncrypted,
      isVerified,
      prepare,
      run: (signal) => run(contender.jobs[action]!(call), signal),
      check: contender.leavesNothing ? () => {} : check,
    };
  });
}
