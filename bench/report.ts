/** All that one run of the bench found, for people and for programs. */
import { formatSize } from "../console/size.ts";
import { type Machine, thisMachine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { print } from "./print.ts";
import { median, type RaceResult } from "./race.ts";
import type { Site } from "./site.ts";
import { formatRace, formatTable } from "./table.ts";

/** The peak memory of our server at some moment. */
interface Peak {
  readonly workload: string;
  readonly when: string;
  readonly bytes: number;
}

/** What is printed while it is found, and kept for `--json`. */
export class Report {
  readonly #date = new Date().toISOString();
  readonly #machine: Machine = thisMachine();
  readonly #races: ({ readonly workload: string } & RaceResult)[] = [];
  readonly #peaks: Peak[] = [];
  readonly #versions: Record<string, string> = {};
  readonly #remarks = new Set<string>();
  readonly #failures: string[] = [];
  readonly #options: BenchOptions;

  constructor(options: BenchOptions) {
    this.#options = options;
    const { cpu, cores, memory, system } = this.#machine;
    print(`${this.#date.slice(0, 10)}, ${cores} cores ${cpu}, ${formatSize(memory)}, ${system}`);
    print(`medians of ${options.rounds} rounds; server and client on this machine, over loopback`);
  }

  /** Whether a race or a workload failed. */
  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  /** Who takes part, said once. */
  introduce({ versions, skipped }: Site): void {
    for (const [program, version] of Object.entries(versions)) {
      if (this.#versions[program] === undefined) print(`- ${program}: ${version}`);
      this.#versions[program] = version;
    }
    for (const sentence of skipped) this.remark(`${sentence}; see bench/README.md`);
  }

  /** A sentence that a reader has to know, said once. */
  remark(sentence: string): void {
    if (!this.#remarks.has(sentence)) print(`- ${sentence}`);
    this.#remarks.add(sentence);
  }

  race(workload: string, result: RaceResult): void {
    print(`\n${formatRace(result)}`);
    this.#races.push({ workload, ...result });
    for (const { name, failure } of result.results) {
      if (failure !== undefined) this.#failures.push(`${result.title}: ${name}: ${failure}`);
    }
  }

  peak(peak: Peak): void {
    this.#peaks.push(peak);
  }

  fail(workload: string, reason: string): void {
    print(`\n${workload} failed: ${reason}`);
    this.#failures.push(`${workload}: ${reason}`);
  }

  /** The end: the memory, and the file of `--json`. */
  finish(): void {
    if (this.#peaks.length > 0) {
      print("\n### Peak memory of our server\n");
      const rows = this.#peaks.map(({ workload, when, bytes }) => [workload, when, (bytes / 1024 ** 2).toFixed(0)]);
      for (const line of formatTable(["workload", "when", "MiB"], rows)) print(line);
    }
    if (this.#options.json !== undefined) {
      Deno.writeTextFileSync(this.#options.json, `${JSON.stringify(this.#record(), undefined, 2)}\n`);
    }
  }

  #record(): unknown {
    return {
      date: this.#date,
      machine: this.#machine,
      versions: this.#versions,
      remarks: [...this.#remarks],
      options: this.#options,
      races: this.#races.map(({ results, ...race }) => ({
        ...race,
        results: results.map((result) => ({
          ...result,
          median: result.failure === undefined ? median(result.seconds) : null,
        })),
      })),
      peaks: this.#peaks,
      failures: this.#failures,
    };
  }
}
