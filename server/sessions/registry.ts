/** All sessions of this server: counted, watched, and ended together. */

/** What the registry needs of a session. */
export interface RegisteredSession {
  /** The account, once logged in. */
  readonly userId: number | undefined;
  /** Ends the session if its peer has kept it waiting for too long. */
  checkPeer(): void;
  /** Ends the session if its account may no longer be used. */
  checkAccount(): void;
  /** Ends it. */
  close(reason: string): void;
  /** Refuses new requests, and ends it when nothing runs. */
  drain(): void;
}

/** The sessions that are open. */
export class SessionRegistry {
  readonly #sessions = new Set<RegisteredSession>();
  #empty: PromiseWithResolvers<void> | undefined;

  add(session: RegisteredSession): void {
    this.#sessions.add(session);
  }

  remove(session: RegisteredSession): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#empty?.resolve();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions of one account. */
  countOf(userId: number): number {
    let count = 0;
    for (const session of this.#sessions) if (session.userId === userId) count++;
    return count;
  }

  checkPeers(): void {
    for (const session of this.#sessions) session.checkPeer();
  }

  checkAccounts(): void {
    for (const session of this.#sessions) session.checkAccount();
  }

  closeAll(reason: string): void {
    for (const session of this.#sessions) session.close(reason);
  }

  drainAll(): void {
    for (const session of this.#sessions) session.drain();
  }

  /** Resolves when no session is left. */
  async whenEmpty(): Promise<void> {
    if (this.#sessions.size === 0) return;
    this.#empty ??= Promise.withResolvers<void>();
    await this.#empty.promise;
  }
}
