/** Connections without login: who of them makes room when there are too many. */

/** One of them. */
interface Startup {
  /** Whether it has said nothing so far. */
  isSilent: boolean;
  /** Gives its place up. */
  readonly giveUp: () => void;
}

/** All of them by source, in the order in which they came. */
export class Startups {
  readonly #sources = new Map<string, Set<Startup>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many a source has. */
  countOf(source: string): number {
    return this.#sources.get(source)?.size ?? 0;
  }

  /**
   * Adds one.
   *
   * @param giveUp called when it has to make room; it is removed before
   */
  add(source: string, giveUp: () => void): { spoke(): void; remove(): void } {
    const startup: Startup = { isSilent: true, giveUp };
    const row = this.#sources.get(source) ?? new Set();
    this.#sources.set(source, row.add(startup));
    this.#size++;
    return { spoke: () => void (startup.isSilent = false), remove: () => this.#remove(source, startup) };
  }

  /**
   * Makes room for one more of a source. The busiest source gives: its oldest silent connection, else its oldest. A
   * source that would become the busiest itself can only replace a silent one of its own.
   *
   * @returns whether there is room now
   */
  makeRoomFor(source: string): boolean {
    const own = this.countOf(source);
    const [busiest, row] = this.#busiest();
    if (!row || own >= row.size) return this.#giveUp(source, oldestSilent(this.#sources.get(source)));
    return this.#giveUp(busiest, oldestSilent(row) ?? row.values().next().value);
  }

  /** Among equals the one where something silent has waited for longest: sources are in the order of their first. */
  #busiest(): [source: string, row: Set<Startup> | undefined] {
    let found: [string, Set<Startup> | undefined] = ["", undefined];
    let isFoundSilent = false;
    for (const [source, row] of this.#sources) {
      const most = found[1]?.size ?? 0;
      if (row.size < most) continue;
      const isSilent = oldestSilent(row) !== undefined;
      if (row.size === most && (isFoundSilent || !isSilent)) continue;
      found = [source, row];
      isFoundSilent = isSilent;
    }
    return found;
  }

  #giveUp(source: string, startup: Startup | undefined): boolean {
    if (!startup) return false;
    this.#remove(source, startup);
    startup.giveUp();
    return true;
  }

  #remove(source: string, startup: Startup): void {
    const row = this.#sources.get(source);
    if (!row?.delete(startup)) return;
    this.#size--;
    if (row.size === 0) this.#sources.delete(source);
  }
}

function oldestSilent(row: Iterable<Startup> = []): Startup | undefined {
  for (const startup of row) if (startup.isSilent) return startup;
  return undefined;
}
