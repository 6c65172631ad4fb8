/** `--delete`: what the second side of a tree has and the first has not, and what is left alone all the same. */
import { UsageError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";
import { counted } from "../../console/size.ts";
import { quote } from "../../protocol/text.ts";
import { parentOf, type TreeItem, type TreeOptions } from "./entry.ts";

/** The side that decides. */
export interface FirstSide {
  /** What it is called. */
  readonly name: string;
  /** Whether nothing of it is wanted. */
  readonly isEmpty: boolean;
  /** What it has, by name; links and special files are there, too. */
  readonly first: ReadonlyMap<string, TreeItem>;
}

/** Two trees. */
export interface Sides extends FirstSide {
  /** What the second side has, parents first. */
  readonly second: Iterable<TreeItem>;
  /** Names that stay on the second side in any case, such as folders whose content is not known. */
  readonly untouchable: { has(name: string): boolean };
  /** By folder how many of its names on the second side cannot be said; the top is the empty name. */
  readonly unsayable: ReadonlyMap<string, number>;
}

/** What has to go. */
export interface Extras {
  /** The tops of what goes: each goes with all that is below. */
  readonly tops: readonly TreeItem[];
  /** The bytes of the files that go, those below counted one by one. */
  readonly bytes: number;
  /** What stays although the first side has no such thing, and why. */
  readonly leftAlone: readonly string[];
}

/** Nothing has to go. */
export const NO_EXTRAS: Extras = { tops: [], bytes: 0, leftAlone: [] };

/**
 * What has to go so that the second side has only what the first has. Nothing is changed here.
 *
 * @throws {UsageError} when the first side is empty and `--force-empty` is missing
 * @throws {StatusError} 406 when more would go than `--max-delete` allows
 */
export function extrasOf(sides: Sides, options: TreeOptions): Extras {
  const { exclude } = options;
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
  checkCount(count, sides, options);
  return { tops, bytes, leftAlone };
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
    // A folder that is on the way already has all those above it on the way.
    for (let folder = parentOf(name); folder !== "" && !onTheWay.has(folder); folder = parentOf(folder)) {
      onTheWay.add(folder);
    }
  }
  return { kept, onTheWay, mounts };
}

/** Makes sure that N files and folders, those below counted one by one, are what the user means to remove. */
function checkCount(count: number, { name, isEmpty }: FirstSide, { mostRemoved, forceEmpty }: TreeOptions): void {
  const what = count === 1 ? "1 file or folder" : `${count} files and folders`;
  if (isEmpty && !forceEmpty && count > 0) {
    throw new UsageError(`${quote(name)} is empty, and --delete would remove ${what}; --force-empty does so`);
  }
  if (mostRemoved === undefined || count <= mostRemoved) return;
  throw new StatusError(
    406,
    `Nothing was changed: --delete would remove ${what}, and --max-delete allows ${mostRemoved}`,
    { details: { removed: count, allowed: mostRemoved } },
  );
}
