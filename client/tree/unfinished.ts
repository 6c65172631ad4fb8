/** Trees that were begun under a new name, so that the same command goes on there although the name is a folder by then. */
import { createHash } from "node:crypto";
import { type Fields, readFields, text } from "../../protocol/message/fields.ts";
import { localEntry } from "../transfer/file.ts";
import type { RecordFolder } from "../transfer/record_folder.ts";

/** What was asked for, all paths absolute. */
const TREE = { command: text, server: text, user: text, from: text, to: text } as const;

/** One command with a tree. */
export type TreeCommand = Fields<typeof TREE>;

/** No clock decides what is forgotten, as it may be wrong: only what is too many goes, the oldest first. */
const MOST_KEPT = 100;

/** Remembers them, each in a record of its own. */
export class UnfinishedTrees {
  readonly #records: RecordFolder;

  constructor(records: RecordFolder) {
    this.#records = records;
  }

  /** Why they are not remembered after this run; `undefined` while all is well. */
  get trouble(): string | undefined {
    return this.#records.trouble;
  }

  /** Whether this very command was begun and did not end. */
  has(tree: TreeCommand): boolean {
    const found = this.#read(nameOf(tree));
    return found !== undefined && isSame(found, tree);
  }

  /** Remembers it. */
  begin({ command, server, user, from, to }: TreeCommand): void {
    const tree = { command, server, user, from, to };
    this.#records.prune(MOST_KEPT - 1, {
      isVoid: (name) => this.#isVoid(name),
      drop: (name) => this.#records.remove(name),
    });
    this.#records.write(nameOf(tree), tree);
  }

  /** Forgets it: it has ended. @throws the error of the operating system */
  end(tree: TreeCommand): void {
    this.#records.remove(nameOf(tree));
  }

  /** Whether a record is of no use: the folder that was begun here is no longer there. */
  #isVoid(name: string): boolean {
    const tree = this.#read(name);
    return !tree || (tree.command === "get" && !localEntry(tree.to));
  }

  #read(name: string): TreeCommand | undefined {
    try {
      return readFields(this.#records.read(name) as Record<string, unknown>, TREE, "ignore");
    } catch {
      // Damaged, or not there.
      return undefined;
    }
  }
}

function nameOf({ command, server, user, from, to }: TreeCommand): string {
  return createHash("sha256").update(JSON.stringify([command, server, user, from, to])).digest("hex").slice(0, 32);
}

function isSame(a: TreeCommand, b: TreeCommand): boolean {
  return a.command === b.command && a.server === b.server && a.user === b.user && a.from === b.from && a.to === b.to;
}
