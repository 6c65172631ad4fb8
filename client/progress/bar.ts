/**
 * The line that is redrawn while a transfer runs. Loaded where there is a screen: the widths of characters take a while.
 * `string-width` looks at whole characters; `unicodeWidth` of `@std/cli` adds up code points, so that a heart with its
 * variation selector counts less and a family more columns than it takes.
 */
import stringWidth from "string-width";
import { formatDuration, formatSize } from "../../console/size.ts";
import { escapeText } from "../../protocol/text.ts";
import type { Moment } from "./gauge.ts";

const BAR_COLUMNS = 20;
const NAME_LEAST_COLUMNS = 8;
const CHARACTERS = new Intl.Segmenter();

/** The text cut to so many columns, with an ellipsis where something is missing. */
export function fitColumns(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let fitted = "";
  // What is one character to a reader, such as a family, is not cut.
  for (const { segment } of CHARACTERS.segment(text)) {
    if (stringWidth(fitted + segment) > columns - 1) break;
    fitted += segment;
  }
  return `${fitted}…`;
}

/** One line: name, bar, percent, bytes of total, rate, time left. It is never wider than the screen. */
export function progressLine({ name, phase, done, total, rate }: Moment, columns: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_COLUMNS);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_COLUMNS - filled)}]`;
  const left = rate > 0 ? formatDuration(Math.max(0, total - done) / rate * 1000) : "--";
  const facts = [
    `${String(Math.floor(share * 100)).padStart(3)}%`,
    `${formatSize(done)} of ${formatSize(total)}`,
    `${formatSize(Math.round(rate))}/s`,
    `${left} left`,
  ];
  if (phase !== "transfer") facts.unshift(phase);
  const label = escapeText(name);
  // What does not fit goes, least important first: time left, rate, bar.
  for (
    const tail of [
      `${bar} ${facts.join("  ")}`,
      `${bar} ${facts.slice(0, -1).join("  ")}`,
      facts.slice(0, -2).join("  "),
    ]
  ) {
    const room = columns - 2 - tail.length - 1;
    if (room >= NAME_LEAST_COLUMNS) return `${fitColumns(label, room)}  ${tail}`;
  }
  return fitColumns(`${label}  ${facts.slice(0, 2).join("  ")}`, columns - 1);
}
