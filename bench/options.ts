/** The command line of the bench. */
import { parseArgs } from "node:util";
import { parseSize } from "../console/size.ts";
import { findMemoryFolder } from "./memory_folder.ts";

/** What is measured, and how large it is. Sizes in bytes. */
export interface BenchOptions {
  /** Names of workloads; all when empty. */
  readonly workloads: readonly string[];
  readonly rounds: number;
  /** The size of `big`. */
  readonly size: number;
  /** Files of `small`, `again` and `fsync`. */
  readonly files: number;
  readonly fileSize: number;
  /** How many of `clients`, and what each gets. */
  readonly clients: number;
  readonly clientSize: number;
  /** Names in the folder of `list`. */
  readonly entries: number;
  /** The tree of `real`. */
  readonly tree: string;
  /** Where the scratch folder is: memory, and for `fsync` a disk. */
  readonly memory: string;
  readonly disk: string;
  /** Only contenders whose name contains this, and ours. */
  readonly only: string;
  /** No contenders whose name contains this; none are left out when it is empty. */
  readonly skip: string;
  /** The most that one run may take. */
  readonly timeoutMs: number;
  readonly json: string | undefined;
}

const FULL: Readonly<Record<string, string>> = {
  rounds: "5",
  size: "2G",
  files: "10000",
  "file-size": "4K",
  clients: "200",
  "client-size": "10M",
  entries: "100000",
  tree: "/usr/share",
  disk: "/var/tmp",
  only: "",
  skip: "",
  timeout: "600",
};

const QUICK: Readonly<Record<string, string>> = {
  ...FULL,
  rounds: "1",
  size: "256M",
  files: "1000",
  clients: "20",
  entries: "10000",
  tree: "/usr/share/doc",
};

/** What `--help` says. */
export const USAGE = `usage: deno task bench [WORKLOAD…] [OPTIONS]

  --quick           small: for trying the bench, not for numbers
  --rounds N        how often each contender runs (${FULL["rounds"]})
  --size SIZE       of the big file (${FULL["size"]})
  --files N         in the tree of small, again and fsync (${FULL["files"]})
  --file-size SIZE  of each of them (${FULL["file-size"]})
  --clients N       at once, each of which gets --client-size SIZE (${FULL["clients"]}, ${FULL["client-size"]})
  --entries N       in the folder of list (${FULL["entries"]})
  --tree DIR        the tree of real (${FULL["tree"]})
  --memory DIR      a folder in memory, for the scratch folder (a tmpfs that is not below /dev)
  --disk DIR        a folder on a disk, for fsync (${FULL["disk"]})
  --only TEXT       only peers whose name contains it
  --skip TEXT       no peers whose name contains it
  --timeout SECONDS the most that one run may take (${FULL["timeout"]})
  --json FILE       write everything there as well

workloads:`;

/** @throws {Error} for what is not valid; `undefined` is a call for help */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const texts = [...Object.keys(FULL), "memory", "json"].map((name) => [name, { type: "string" }] as const);
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries(texts), quick: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  const given: Readonly<Record<string, unknown>> = values;
  if (given["help"] === true) return undefined;
  const defaults = given["quick"] === true ? QUICK : FULL;
  const text = (name: string): string => String(given[name] ?? defaults[name] ?? "");
  const count = (name: string): number => {
    if (/^[1-9]\d{0,6}$/.test(text(name))) return Number(text(name));
    throw new Error(`--${name} must be a whole number from 1, not "${text(name)}"`);
  };
  return {
    workloads: positionals,
    rounds: count("rounds"),
    size: parseSize(text("size")),
    files: count("files"),
    fileSize: parseSize(text("file-size")),
    clients: count("clients"),
    clientSize: parseSize(text("client-size")),
    entries: count("entries"),
    tree: text("tree"),
    memory: given["memory"] === undefined ? findMemoryFolder() : text("memory"),
    disk: text("disk"),
    only: text("only"),
    skip: text("skip"),
    timeoutMs: count("timeout") * 1000,
    json: given["json"] === undefined ? undefined : text("json"),
  };
}
