/** Colours of names in a listing: of the 16 that every terminal has. */

/** What a name is, where that has a colour. */
export type Color = "folder" | "link" | "executable";

const CODES: Readonly<Record<Color, string>> = { folder: "1;34", link: "1;36", executable: "1;32" };

/** A text that is safe to show, in a colour. */
export function paint(text: string, color: Color): string {
  return `\x1b[${CODES[color]}m${text}\x1b[0m`;
}
