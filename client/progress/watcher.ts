/** What a transfer tells of itself while it runs; drawing is somebody else's work. */

/** One file on its way, or being checked. Bytes; the same watcher serves one file from begin to end. */
export interface Watcher {
  /** A phase begins: `transfer`, or one that has to be named, such as `checking`; so much of it is `done` already. */
  begin(phase: string, total: number, done?: number): void;
  /** Bytes went by. */
  advance(bytes: number): void;
  /** What is on its way now, where it is more than one file. */
  label(text: string): void;
  /** One of several files that run side by side; its bytes count for the whole, too. Dispose of it when it has ended. */
  file(name: string): FileWatcher;
  /** Something happened that the user should know, such as a lost connection. */
  notice(text: string): void;
}

/** A file among others. */
export type FileWatcher = Watcher & Disposable;

/** How a transfer ended. */
export interface TransferResult {
  /** 201: it was transferred; 203: the other side has it already; 205: it was resumed. */
  readonly code: 201 | 203 | 205;
  readonly size: number;
  readonly sha256: string;
  /** Bytes of content that went over the wire. */
  readonly moved: number;
  /** What the server says is not sure about it. */
  readonly warning?: string;
}
