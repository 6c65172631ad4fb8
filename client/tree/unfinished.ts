/** Trees that were begun under a new name, so that the same command goes on there although the name is a folder by then. */
import { dirname } from "@std/path";
import { count, type Fields, readFields, text } from "../../protocol/fields.ts";

/** What was asked for, all paths absolute, and when, in ms since 1970. */
const TREE = { command: text, server: text, user: text, from: text, to: text, begun: count } as const;

/** One command with a tree. */
export type TreeCommand = Omit<Fields<typeof TREE>, "begun">;

/** As long as a server keeps parts. */
const KEPT_MS = 7 * 86_400_000;
const MOST_KEPT = 100;

/** A file that remembers them, one a line. Whoever writes last wins: what is lost costs a folder in a folder. */
export class UnfinishedTrees {
  readonly #file: string;
  readonly #now: () => number;

  /** @param now in ms since 1970 */
  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  /** Whether this very command was begun and did not end. */
  has(tree: TreeCommand): boolean {
    return this.#read().some((other) => isSame(other, tree));
  }

  /** Remembers it. @throws the error of the operating system when it cannot be written down */
  begin(tree: TreeCommand): void {
    this.#write([...this.#read().filter((other) => !isSame(other, tree)), { ...tree, begun: this.#now() }]);
  }

  /** Forgets it: it has ended. @throws as `begin` */
  end(tree: TreeCommand): void {
    const all = this.#read();
    const others = all.filter((other) => !isSame(other, tree));
    if (others.length < all.length) this.#write(others);
  }

  #read(): Fields<typeof TREE>[] {
    let lines: string[];
    try {
      lines = Deno.readTextFileSync(this.#file).split("\n");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    return lines.flatMap(parsed).filter(({ begun }) => Math.abs(this.#now() - begun) < KEPT_MS);
  }

  #write(trees: readonly Fields<typeof TREE>[]): void {
    Deno.mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const lines = trees.slice(-MOST_KEPT).map((tree) => `${JSON.stringify(tree)}\n`);
    const temp = `${this.#file}.${Deno.pid}`;
    Deno.writeTextFileSync(temp, lines.join(""), { mode: 0o600 });
    Deno.renameSync(temp, this.#file);
  }
}

/** The tree of a line; none when the line is damaged. */
function parsed(line: string): Fields<typeof TREE>[] {
  try {
    return [readFields(JSON.parse(line), TREE, "ignore")];
  } catch {
    return [];
  }
}

function isSame(a: TreeCommand, b: TreeCommand): boolean {
  return a.command === b.command && a.server === b.server && a.user === b.user && a.from === b.from && a.to === b.to;
}
