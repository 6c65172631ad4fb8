/** A queue between two loops: who puts in waits while it is full, who takes out waits while it is empty. */

/** First in, first out, at most `capacity` items. */
export class BoundedQueue<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #isClosed = false;
  #wake: PromiseWithResolvers<void> | undefined;

  /** An empty queue; at `capacity` items who puts in has to wait. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Items that wait. */
  get length(): number {
    return this.#items.length;
  }

  /** Adds an item; resolves when there is room for the next. After `close` it is dropped. */
  async push(item: T): Promise<void> {
    if (this.#isClosed) return;
    this.#items.push(item);
    this.#signal();
    while (this.#items.length >= this.#capacity && !this.#isClosed) await this.#change();
  }

  /** The next item; `undefined` when the queue is closed and empty. */
  async pull(): Promise<T | undefined> {
    while (this.#items.length === 0 && !this.#isClosed) await this.#change();
    const item = this.#items.shift();
    this.#signal();
    return item;
  }

  /** No more items; those that wait can still be pulled. */
  close(): void {
    this.#isClosed = true;
    this.#signal();
  }

  /** Like `close`, and forgets what waits. */
  discard(): void {
    this.#items = [];
    this.close();
  }

  #change(): Promise<void> {
    this.#wake ??= Promise.withResolvers<void>();
    return this.#wake.promise;
  }

  #signal(): void {
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}
