/** How many files the stores of small files may have open, all sessions together: the descriptors are shared out once. */

/** A count with a limit. */
export class OpenFiles {
  readonly #most: number;
  #open = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** What one store has open. */
  share(): OpenShare {
    return new OpenShare({ isFull: () => this.#open >= this.#most, change: (by) => this.#open += by });
  }
}

/** The open files of one store. */
export class OpenShare {
  readonly #all: { isFull(): boolean; change(by: number): void };
  #open = 0;

  constructor(all: { isFull(): boolean; change(by: number): void }) {
    this.#all = all;
  }

  /** Notes how many are open now. */
  note(open: number): void {
    this.#all.change(open - this.#open);
    this.#open = open;
  }

  /** Whether some should be closed before more are opened: these are `most`, or all together are too many. */
  isFull(most: number): boolean {
    return this.#open >= most || (this.#open > 0 && this.#all.isFull());
  }
}
