/** What a soak compares: trees as maps of names to contents that can be made again from a seed. */
import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { someBytes } from "./harness.ts";

const SECOND_MS = 1_000;
const START_MS = Date.UTC(2020, 0, 1);

/** A tree: the content of each file by its path, as length and seed. */
export type Model = Map<string, string>;

/** Writes a file whose bytes and time are those of a seed: two versions are never taken for the same. */
export function writeVersion(path: string, { size, seed }: { size: number; seed: number }): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeFileSync(path, someBytes(size, seed));
  const time = new Date(START_MS + seed * SECOND_MS);
  Deno.utimeSync(path, time, time);
}

/** What is at a path, links not followed; `undefined` when nothing is. */
export function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** Paths of one kind below a folder; links are not followed, and names that no user can have are not looked at. */
function pathsIn(top: string, isWanted: (entry: Deno.DirEntry) => boolean, prefix = ""): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(join(top, prefix))) {
    // deno-lint-ignore no-control-regex
    if (/[\x00-\x1f]/.test(entry.name)) continue;
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (isWanted(entry)) found.push(name);
    if (entry.isDirectory) found.push(...pathsIn(top, isWanted, name));
  }
  return found;
}

/** The links below a folder. */
export function linksIn(top: string): string[] {
  return pathsIn(top, ({ isSymlink }) => isSymlink);
}

/** The files below a folder with their content. */
export function filesIn(top: string): Model {
  const names = pathsIn(top, ({ isFile }) => isFile);
  return new Map(names.map((name) => [name, contentOf(join(top, name))]));
}

/** Size and time tell versions apart; the bytes are those that this time stands for. */
function contentOf(path: string): string {
  const { size, mtime } = Deno.lstatSync(path);
  const seed = (mtime!.getTime() - START_MS) / SECOND_MS;
  const bytes = Deno.readFileSync(path);
  const wanted = someBytes(size, seed);
  return `${size} ${seed} ${bytes.every((byte, at) => byte === wanted[at]) ? "right" : "WRONG"}`;
}

/** Whether a path is a folder or something in it. */
export function isBelow(name: string, folder: string): boolean {
  return name === folder || name.startsWith(`${folder}/`);
}

/** Asserts that a tree is what it should be, and every byte of it right. */
export function assertSame(is: Model, shouldBe: Model, what: string): void {
  const names = [...new Set([...is.keys(), ...shouldBe.keys()])];
  const different = names.filter((name) => is.get(name) !== shouldBe.get(name))
    .map((name) => `${name}: ${is.get(name)} instead of ${shouldBe.get(name)}`);
  assertEquals(different.slice(0, 5), [], `${what}: ${different.length} of ${names.length} are different`);
  assertEquals([...is].filter(([, content]) => content.endsWith("WRONG")), [], what);
}
