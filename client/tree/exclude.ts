/** What `--exclude` leaves out of a tree, by patterns as `.gitignore` has them. */
import { fitsSteps, type Step } from "./pattern.ts";
import { parseExclude } from "./exclude_pattern.ts";

/** The patterns of one run, read once. */
export class Exclude {
  /** Those without a slash, which fit at any depth, and those from the top. */
  readonly #names: { readonly step: Step<string>; readonly foldersOnly: boolean }[] = [];
  readonly #paths: { readonly steps: readonly Step<string>[]; readonly foldersOnly: boolean }[] = [];
  /** Folders that were asked for before: every name below one asks for it again. */
  readonly #folders = new Map<string, boolean>();

  /** @throws {UsageError} for a pattern that cannot be understood */
  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) {
      const { steps, fromTop, foldersOnly } = parseExclude(pattern);
      if (fromTop) this.#paths.push({ steps, foldersOnly });
      else this.#names.push({ step: steps[0]!, foldersOnly });
    }
  }

  /**
   * Whether something is left out, by itself or with a folder that it is in.
   *
   * @param path from the top of the tree, names with `/` between them
   */
  fits(path: string, isFolder: boolean): boolean {
    if (this.#names.length + this.#paths.length === 0) return false;
    const cut = path.lastIndexOf("/");
    return cut > 0 && this.#fitsFolder(path.slice(0, cut)) || this.#fitsItself(path, isFolder);
  }

  #fitsFolder(path: string): boolean {
    let known = this.#folders.get(path);
    if (known === undefined) this.#folders.set(path, known = this.fits(path, true));
    return known;
  }

  #fitsItself(path: string, isFolder: boolean): boolean {
    const names = path.split("/");
    const name = names.at(-1)!;
    return this.#names.some(({ step, foldersOnly }) => (isFolder || !foldersOnly) && (step === "any" || step(name))) ||
      this.#paths.some(({ steps, foldersOnly }) => (isFolder || !foldersOnly) && fitsSteps(steps, names));
  }
}
