/**
 * Sizes, rates and durations as people write and read them. `@std/fmt` has no reading, and other words: `1 MiB` for
 * `1.0 MiB`, and no `3m05s`.
 */
import { UsageError } from "./exit_status.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/**
 * Reads a SIZE: `500`, `10K`, `1.5G` (powers of 1,024), `10MB` (powers of 1,000).
 *
 * @returns bytes, a safe integer
 * @throws {UsageError} when it is none
 */
export function parseSize(text: string): number {
  const bytes = bytesOf(text);
  if (bytes === undefined) throw notASize(text, "500, 10K, 10M, 1.5G or 10MB");
  return bytes;
}

/** Reads a SIZE or `none`; `null` is no limit. @throws {UsageError} when it is neither */
export function parseQuota(text: string): number | null {
  if (text.toLowerCase() === "none") return null;
  const bytes = bytesOf(text);
  if (bytes === undefined) throw notASize(text, "500, 10K, 10M, 1.5G, 10MB or none");
  return bytes;
}

function bytesOf(text: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?)([a-z]{0,3})$/i.exec(text);
  const unit = match && UNITS[match[2]!.toUpperCase()];
  const bytes = match && unit ? Math.floor(Number(match[1]) * unit) : NaN;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function notASize(text: string, examples: string): UsageError {
  return new UsageError(`Not a size: "${text}"; a size is for example ${examples}`);
}

/** Bytes for people, in powers of 1,024: `512 B`, `3.1 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  // 1023.95 would print as "1024.0": go on to the next unit instead.
  while (value >= 1023.95 && unit < 3) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${["KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/** A quota for people: `none` when there is no limit. */
export function formatQuota(bytes: number | null): string {
  return bytes === null ? "none" : formatSize(bytes);
}

/** A duration for people: `0.4s`, `12s`, `3m05s`, `2h07m`. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${pad(Math.floor(seconds / 60) % 60)}m`;
}

/** A number of things: `1 file`, `2 files`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
