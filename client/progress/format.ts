/** The lines that say how a transfer went, as pure functions. */
import { formatDuration, formatSize } from "../../console/size.ts";
import { escapeText } from "../../protocol/text.ts";

/** The line of one file of a tree that is where it belongs. */
export function fileLine(name: string, size: number): string {
  return `${escapeText(name)}  ${formatSize(size)}, sha256 ok`;
}

/** The line that stays: size, time, rate and `sha256 ok`. */
export function resultLine(
  { name, code, size, moved, ms, sha256 }: {
    readonly name: string;
    readonly code: number;
    readonly size: number;
    readonly moved: number;
    readonly ms: number;
    readonly sha256: string;
  },
): string {
  const label = escapeText(name);
  if (code === 203) return `${label}  203 already the same, ${formatSize(size)}, sha256 ok ${sha256}`;
  const rate = formatSize(Math.round(moved / Math.max(ms, 1) * 1000));
  const resumed = code === 205 ? `205 resumed, the last ${formatSize(moved)} of ` : "";
  return `${label}  ${resumed}${formatSize(size)} in ${formatDuration(ms)}, ${rate}/s, sha256 ok ${sha256}`;
}
