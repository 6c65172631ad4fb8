/** `--delete`: what the second side of a tree has and the first has not, and what is left alone all the same. */
import { UsageError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { counted } from "../../console/size.ts";
import { quote } from "../../protocol/text.ts";
import { parentOf, type TreeItem, type TreeOptions } from "./entry.ts";

/** Two trees. */
export interface Sides {
  /** What the first side has, by name; links and special files are there, too. */
  readonly first: ReadonlyMap<string, TreeItem>;
  /** What the second side has, parents first. */
  readonly second: Iterable<TreeItem>;
  /** Names that stay on the second side in any case, such as folders of which nobody knows what they hold. */
  readonly untouchable: { has(name: string): boolean };
  /** How many names that nobody can say a folder of the second side holds; the top is the empty name. */
  readonly unsayable: ReadonlyMap<string, number>;
}

/** What has to go. */
export interface Extras {
  /** The tops of what goes: each goes with all that is below. */
  readonly tops: readonly TreeItem[];
  /** Files and folders that go, those below counted one by one, and the bytes of the files. */
  readonly count: number;
  readonly bytes: number;
  /** What stays although the first side has no such thing, and why. */
  readonly leftAlone: readonly string[];
}

/** Nothing has to go. */
export const NO_EXTRAS: Extras = { tops: [], count: 0, bytes: 0, leftAlone: [] };

/** What has to go so that the second side has only what the first has. */
export function extrasOf(sides: Sides, { exclude }: Pick<TreeOptions, "exclude">): Extras {
  const items = [...sides.second];
  const isUnwanted = ({ name, entry }: TreeItem) => sides.first.get(name)?.entry !== entry;
  const { kept, onTheWay, mounts } = keptOf(items, { isUnwanted, isKept: (item) => isKept(item, sides, exclude) });
  const gone = new Set<string>();
  const tops: TreeItem[] = [];
  let count = 0;
  let bytes = 0;
  for (const item of items) {
    const { name, size } = item;
    if (!gone.has(parentOf(name))) {
      if (kept.has(name) || onTheWay.has(name) || !isUnwanted(item)) continue;
      tops.push(item);
    }
    gone.add(name);
    count += 1 + (sides.unsayable.get(name) ?? 0);
    bytes += size;
  }
  const leftAlone = [...mounts].map((name) => `${quote(name)} is a mount`);
  for (const [folder, names] of sides.unsayable) {
    if (gone.has(folder) || kept.has(folder)) continue;
    const where = folder === "" ? "" : ` in ${quote(folder)}`;
    leftAlone.push(`${counted(names, "name")}${where} that cannot be said`);
  }
  return { tops, count, bytes, leftAlone };
}

/** Whether something stays, and all that is below it: only what the first side is known not to have goes. */
function isKept(
  { name, entry }: TreeItem,
  { first, untouchable }: Sides,
  exclude: TreeOptions["exclude"],
): boolean {
  const here = first.get(name)?.entry;
  // A link or special file of the first side is skipped, and it is there; one of the second side is not replaced.
  return here === "link" || here === "other" || (here !== undefined && (entry === "link" || entry === "other")) ||
    untouchable.has(name) || exclude.fits(name, entry === "folder");
}

/** What stays with all that is below it, the folders on the way there, and the mounts for whose sake something stays. */
function keptOf(
  items: readonly TreeItem[],
  { isUnwanted, isKept }: { isUnwanted(item: TreeItem): boolean; isKept(item: TreeItem): boolean },
): { kept: ReadonlyMap<string, string>; onTheWay: ReadonlySet<string>; mounts: ReadonlySet<string> } {
  /** By name the mount that it is below, or nothing when it stays for another reason. */
  const kept = new Map<string, string>();
  const onTheWay = new Set<string>();
  const mounts = new Set<string>();
  for (const item of items) {
    const { name } = item;
    const mount = isKept(item) ? "" : kept.get(parentOf(name)) ?? (item.mount ? name : undefined);
    if (mount === undefined) continue;
    kept.set(name, mount);
    if (mount !== "" && isUnwanted(item)) mounts.add(mount);
    // Who is on the way already has all the others on the way.
    for (let folder = parentOf(name); folder !== "" && !onTheWay.has(folder); folder = parentOf(folder)) {
      onTheWay.add(folder);
    }
  }
  return { kept, onTheWay, mounts };
}

/**
 * Makes sure that what goes is what is meant, before anything is changed.
 *
 * @param first the name of the first side
 * @param isEmpty whether it has nothing at all
 * @throws {UsageError} when the first side is empty and nobody said that this is meant
 * @throws {StatusError} 406 when more would go than was allowed
 */
export function checkExtras(
  { count }: Extras,
  { first, isEmpty }: { first: string; isEmpty: boolean },
  { mostRemoved, forceEmpty }: Pick<TreeOptions, "mostRemoved" | "forceEmpty">,
): void {
  const what = count === 1 ? "1 file or folder" : `${count} files and folders`;
  if (isEmpty && !forceEmpty && count > 0) {
    throw new UsageError(`${quote(first)} is empty, and --delete would remove ${what}; --force-empty does so`);
  }
  if (mostRemoved === undefined || count <= mostRemoved) return;
  throw new StatusError(
    406,
    `Nothing was changed: --delete would remove ${what}, and --max-delete allows ${mostRemoved}`,
    { details: { removed: count, allowed: mostRemoved } },
  );
}
