/** Writing of one piece while the next one arrives. */

/** Writes to one place, one after the other. */
export class WriteBehind {
  /** What is being written; nothing when all is. */
  #writing: Promise<void> | undefined;

  /**
   * Starts a write as soon as the one before is done. A failure is reported by the next call, or by `settled`.
   *
   * @returns resolves when the one before is done, and fails with what that failed with
   */
  start(write: () => Promise<void>): Promise<void> {
    const before = this.#writing;
    const writing = this.#writing = before ? before.then(write) : write();
    writing.then(() => {
      if (this.#writing === writing) this.#writing = undefined;
    }, () => {
      // The next call says so.
    });
    return before ?? Promise.resolve();
  }

  /** Resolves when all is written. @throws what a write failed with */
  async settled(): Promise<void> {
    await this.#writing;
  }
}
