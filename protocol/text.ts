/** Text from outside made safe to show or log. */

/** Control (C0, DEL, C1), format (bidi, zero-width), and line separator characters, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Whether a text holds a character that must never reach a terminal or a file name. */
export function hasUnsafeCharacters(text: string): boolean {
  UNSAFE.lastIndex = 0;
  return UNSAFE.test(text);
}

/** The text with every unsafe character in visible form, for example `\u{1b}`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A name in double quotes, escaped, for use inside a sentence. */
export function quote(name: string): string {
  return `"${escapeText(name)}"`;
}
