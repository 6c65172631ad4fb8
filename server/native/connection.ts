/** A connection as the native door uses it. */

/** What a session needs of the connection. */
export interface SessionConnection {
  read(target: Uint8Array): Promise<number | null>;
  write(source: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}
