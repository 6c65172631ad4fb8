/** Results as people read them: one Markdown table for each race. */
import { median, type RaceResult, type Result, type Unit } from "./race.ts";

const UNIT_HEADINGS: Readonly<Record<Unit, string>> = { bytes: "GB/s", files: "files/s", time: "ms" };

/** In the unit of the race: 10^9 bytes a second, files a second, or ms. */
function formatRate({ unit, amount }: RaceResult, seconds: number): string {
  if (unit === "bytes") return (amount / seconds / 1e9).toFixed(3);
  if (unit === "files") return Math.round(amount / seconds).toLocaleString("en-US");
  return Math.round(seconds * 1000).toLocaleString("en-US");
}

function rowOf(result: Result, { of, baseline }: { of: RaceResult; baseline: number | undefined }): string[] {
  const { name, isEncrypted, isVerified, seconds, failure } = result;
  const traits = [name, isEncrypted ? "yes" : "", isVerified ? "yes" : ""];
  if (failure !== undefined) return [...traits, "failed", "", ""];
  const middle = median(seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  const ratio = baseline === undefined ? "" : `${(baseline / middle).toFixed(2)}x`;
  return [...traits, formatRate(of, middle), `${least.toFixed(2)}-${most.toFixed(2)}`, ratio];
}

/** Ours comes first: the ratio says how fast the others are next to it. */
export function formatRace(race: RaceResult): string {
  const first = race.results[0];
  const baseline = first && first.failure === undefined ? median(first.seconds) : undefined;
  const heading = ["", "encrypted", "verified", UNIT_HEADINGS[race.unit], "seconds, from-to", "speed next to ftp"];
  const failures = race.results.filter(({ failure }) => failure !== undefined);
  return [
    `### ${race.title}`,
    "",
    ...formatTable(heading, race.results.map((result) => rowOf(result, { of: race, baseline }))),
    ...failures.map(({ name, failure }) => `\n${name} failed: ${failure}`),
  ].join("\n");
}

/** A Markdown table, its columns padded; the first is left, the others right. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((text, column) => Math.max(3, text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((text, column) => column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)).join(" | ")
    } |`;
  const rule = widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(heading), line(rule), ...rows.map(line)];
}
