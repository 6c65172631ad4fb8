/** What the tests of trees share: trees on disk, what they look like, and what the program and the server say of them. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { createHash } from "node:crypto";
import type { TreeOptions } from "../../client/tree/entry.ts";
import { Exclude } from "../../client/tree/exclude.ts";
import { TREE_ENTRY } from "../../protocol/message/commands.ts";
import type { Fields } from "../../protocol/message/fields.ts";
import type { Ran } from "../run_ftp.ts";
import type { TestServer } from "../test_server.ts";

/** The content of a file that travels in records is at most this long. */
export const SMALL_BYTES = 983_032;
const SECOND_MS = 1_000;
const MOST_SHOWN = 5;
const MODE_OF_OWNER_EXECUTE = 0o100;

/** A tree command as it is without any option. */
export const PLAIN_OPTIONS: TreeOptions = {
  exclude: new Exclude([]),
  checksum: false,
  force: false,
  remove: false,
  mostRemoved: undefined,
  forceEmpty: false,
  dryRun: false,
  parallel: 1,
};

/** A file of a tree: its content, and where it matters its time in ms and its executable bit. */
export interface FileSpec {
  readonly content: string | Uint8Array;
  readonly mtime?: number;
  readonly exec?: boolean;
}

/** A tree by path: a text is a file's content, `null` an empty folder. Folders above are made. */
export type TreeSpec = Readonly<Record<string, FileSpec | string | Uint8Array | null>>;

/** Makes a tree and returns its top. */
export function makeTree(top: string, spec: TreeSpec): string {
  Deno.mkdirSync(top, { recursive: true });
  for (const [name, item] of Object.entries(spec)) {
    const path = join(top, name);
    if (item === null) {
      Deno.mkdirSync(path, { recursive: true });
      continue;
    }
    const isBare = typeof item === "string" || item instanceof Uint8Array;
    const { content, mtime, exec = false }: FileSpec = isBare ? { content: item } : item;
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    Deno.chmodSync(path, exec ? 0o755 : 0o644);
    if (mtime !== undefined) setTime(path, mtime);
  }
  return top;
}

/** Sets the time of a file, in ms. */
export function setTime(path: string, ms: number): void {
  Deno.utimeSync(path, new Date(ms), new Date(ms));
}

/** What a tree holds: `NAME/` for a folder, `NAME@` for a link, and for a file what must survive a transfer. */
export function treeOf(top: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of [...Deno.readDirSync(join(top, prefix))].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    const { isFile, isDirectory, size, mtime, mode } = Deno.lstatSync(join(top, name));
    if (isDirectory) Object.assign(found, { [`${name}/`]: "" }, treeOf(top, name));
    else if (!isFile) found[`${name}@`] = "";
    else {
      const sha256 = createHash("sha256").update(Deno.readFileSync(join(top, name))).digest("hex");
      found[name] = `${size} ${sha256} ${mtime?.getTime()} ${(mode ?? 0) & MODE_OF_OWNER_EXECUTE ? "x" : "-"}`;
    }
  }
  return found;
}

/** Asserts that two trees are the same; names the first few things that differ, however many there are. */
export function assertSameTree(actual: string, expected: string, message = ""): void {
  const [is, shouldBe] = [treeOf(actual), treeOf(expected)];
  const names = [...new Set([...Object.keys(is), ...Object.keys(shouldBe)])];
  const different = names.filter((name) => is[name] !== shouldBe[name]);
  const shown = different.slice(0, MOST_SHOWN).map((name) => `${name}: ${is[name]} instead of ${shouldBe[name]}`);
  assertEquals(shown, [], `${different.length} of ${names.length} are different. ${message}`);
}

/** The names of a tree alone. */
export function namesOf(top: string): string[] {
  return Object.keys(treeOf(top));
}

/** The bytes of a tree's files. */
export function bytesOfTree(top: string): number {
  return Object.values(treeOf(top)).reduce((bytes, facts) => bytes + Number(facts.split(" ")[0]), 0);
}

/** So many small files in some folders, each with a time of its own to the millisecond. */
export function manyFiles(count: number, { folders = 20, bytes = 100 } = {}): TreeSpec {
  const start = Date.UTC(2024, 1, 29);
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [
    `d${at % folders}/file ${at}`,
    // Every count of milliseconds is met: one that is not kept is a file that is sent again and again.
    { content: `${at} `.repeat(Math.ceil(bytes / 4)), mtime: start + at * (SECOND_MS + 1) },
  ]));
}

/** The last line of `--json`, which is the total of one tree. */
export function totalsOf({ stdout, stderr }: Ran): Record<string, unknown> {
  const line = stdout.trim().split("\n").at(-1)!;
  assert(line.startsWith("{"), `No total: ${stdout} ${stderr}`);
  return JSON.parse(line);
}

/** Asserts how a run ended, and shows what it said otherwise. */
export function assertRan(ran: Ran, code: number, totals: Record<string, unknown> = {}): void {
  assertEquals(ran.code, code, `${ran.stderr}${ran.stdout}`);
  if (Object.keys(totals).length === 0) return;
  const all = totalsOf(ran);
  const some = Object.fromEntries(Object.keys(totals).map((name) => [name, all[name]]));
  assertEquals(some, totals, ran.stderr);
}

/** The codes and sentences of failures on stderr. */
export function failuresOf({ stderr }: Ran): string[] {
  return [...stderr.matchAll(/^ftp: (\d{3} .*)$/gm)].map((match) => match[1]!);
}

/** Asserts that staging is empty, and that the ledger agrees with the home. */
export function assertSettled(server: TestServer, user = "alice"): void {
  assertEquals(server.used(user), bytesOfTree(server.home(user)), "used is what the home holds");
  assertEquals(stagedOf(server, user), [], "nothing is left in staging");
}

/** What is in a user's staging folder. */
export function stagedOf({ root }: TestServer, user = "alice"): string[] {
  try {
    return namesOf(join(root.staging, user));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** One command as the server logged it. */
export interface LoggedCommand {
  readonly command: string;
  readonly path?: string;
  readonly code: number;
  readonly files?: number;
  readonly bytes?: number;
  readonly session: string;
}

/** Stops a server and returns the commands that it logged. */
export async function commandsOf(server: TestServer): Promise<LoggedCommand[]> {
  const { log } = await server.stop();
  return log.trim().split("\n").map((line) => JSON.parse(line)).filter(({ command }) => command !== undefined);
}

/** An entry of a listing that a hostile server sends. */
export function listed(name: string, entry: Fields<typeof TREE_ENTRY>["entry"], size = 0, more = {}): unknown {
  return { name, entry, size, mtime: 0, mode: 0o700, ...more };
}
