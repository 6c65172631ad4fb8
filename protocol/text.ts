/** Text from outside: what a name may hold, and what is shown of it on a screen and in a log. */

/** Control characters, line separators, direction overrides, embeddings and isolates, and lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** What is never shown as it is: what is forbidden, format characters, and all else that a screen leaves out. */
const HIDDEN = String.raw`[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]`;

/** The viramas of Unicode 16 (canonical combining class 9): what stands before a joiner in Hindi and its relatives. */
const VIRAMA =
  String.raw`[\u{94d}\u{9cd}\u{a4d}\u{acd}\u{b4d}\u{bcd}\u{c4d}\u{ccd}\u{d3b}\u{d3c}\u{d4d}\u{dca}\u{e3a}` +
  String.raw`\u{eba}\u{f84}\u{1039}\u{103a}\u{1714}\u{1715}\u{1734}\u{17d2}\u{1a60}\u{1b44}\u{1baa}\u{1bab}\u{1bf2}` +
  String.raw`\u{1bf3}\u{2d7f}\u{a806}\u{a82c}\u{a8c4}\u{a953}\u{a9c0}\u{aaf6}\u{abed}\u{10a3f}\u{11046}\u{11070}` +
  String.raw`\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{113ce}-\u{113d0}\u{11442}` +
  String.raw`\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}` +
  String.raw`\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}\u{11f41}\u{11f42}\u{1612f}]`;

/**
 * A letter of a script whose letters join. Joining types are no property of this language's patterns: that some of
 * these letters join on one side only is not looked at.
 */
const JOINING = String.raw`[[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Nkoo}\p{sc=Mand}\p{sc=Phag}\p{sc=Adlm}` +
  String.raw`\p{sc=Rohg}\p{sc=Mani}\p{sc=Phlp}\p{sc=Sogd}\p{sc=Chrs}\p{sc=Ougr}]&&\p{L}]`;

/** An emoji with its skin and its variation selector. */
const EMOJI = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?[\ufe0e\ufe0f]?`;

/** Where characters that are hidden elsewhere do their work, and so are shown as they are. */
const AT_WORK = [
  // The flag of a part of a country, spelled in tags.
  String.raw`\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}`,
  // A family.
  String.raw`${EMOJI}(?:\u200d${EMOJI})*`,
  // A keycap.
  String.raw`[0-9#*]\ufe0f\u20e3`,
  // RFC 5892, appendices A.1 and A.2; and Bengali, which has a joiner before its virama, too.
  String.raw`(?<=${VIRAMA})[\u200c\u200d]`,
  String.raw`(?<=${JOINING}\p{M}*)\u200c(?=\p{M}*${JOINING})`,
  String.raw`(?<=\p{L})\u200d(?=${VIRAMA}\p{L})`,
].join("|");

const HAS_HIDDEN = new RegExp(HIDDEN, "v");
const SHOWN_OR_HIDDEN = new RegExp(`(${AT_WORK})|${HIDDEN}`, "gv");

/** Whether a text holds a character that no name may hold, as it would break a line or reorder what is around it. */
export function hasForbiddenCharacters(text: string): boolean {
  return FORBIDDEN.test(text);
}

/**
 * The text as it is shown: every control and format character in visible form, for example `\u{1b}`. Joiners stay as
 * they are between letters that they join (RFC 5892, appendices A.1 and A.2) and in emoji, variation selectors and tags
 * in emoji.
 */
export function escapeText(text: string): string {
  if (!HAS_HIDDEN.test(text)) return text;
  return text.replace(
    SHOWN_OR_HIDDEN,
    (found, atWork: string | undefined) => atWork ?? `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
}

/** A name in double quotes, escaped, for use inside a sentence. */
export function quote(name: string): string {
  return `"${escapeText(name)}"`;
}
