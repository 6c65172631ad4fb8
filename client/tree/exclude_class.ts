/** One `[…]` in a pattern of `--exclude`: characters, ranges and POSIX classes, as `.gitignore` reads them. */
const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // deno-lint-ignore no-control-regex
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[A-Fa-f0-9]/,
};

type Fits = (character: string) => boolean;

/**
 * Reads the class that begins at `start`, where the `[` is.
 *
 * @returns where its `]` is, and what fits
 */
export function readClass(
  characters: readonly string[],
  start: number,
  fail: (reason: string) => never,
): { end: number; fits: Fits } {
  const members: Fits[] = [];
  const first = /^[!^]$/.test(characters[start + 1] ?? "") ? start + 2 : start + 1;
  /** The character at a place, which a backslash may stand before. */
  const at = (place: number): { character: string; next: number } => {
    const isEscaped = characters[place] === "\\";
    const character = characters[isEscaped ? place + 1 : place] ?? fail("a [ is not closed");
    if (character === "/") fail("no slash can be between [ and ]");
    return { character, next: place + (isEscaped ? 2 : 1) };
  };
  let place = first;
  // The first ] is an ordinary member.
  for (; place === first || characters[place] !== "]";) {
    const posix = posixAt(characters, place, fail);
    if (posix) {
      members.push(posix.fits);
      place = posix.next;
      continue;
    }
    const { character: from, next } = at(place);
    const isRange = characters[next] === "-" && characters[next + 1] !== undefined && characters[next + 1] !== "]";
    const { character: to, next: after } = isRange ? at(next + 1) : { character: from, next };
    const [least, most] = [from.codePointAt(0)!, to.codePointAt(0)!];
    if (least > most) fail(`the range ${quoted(from)} to ${quoted(to)} is empty`);
    members.push((given) => least <= given.codePointAt(0)! && given.codePointAt(0)! <= most);
    place = after;
  }
  const isNegated = first === start + 2;
  return { end: place, fits: (given) => members.some((fits) => fits(given)) !== isNegated };
}

function quoted(character: string): string {
  return `"${character}"`;
}

/** `[:alpha:]` and the like; what only begins like one is ordinary characters. */
function posixAt(
  characters: readonly string[],
  place: number,
  fail: (reason: string) => never,
): { fits: Fits; next: number } | undefined {
  if (characters[place] !== "[" || characters[place + 1] !== ":") return undefined;
  const end = characters.indexOf("]", place + 2);
  if (end < 0) fail("a [ is not closed");
  if (end < place + 3 || characters[end - 1] !== ":") return undefined;
  const name = characters.slice(place + 2, end - 1).join("");
  const fitting = Object.hasOwn(POSIX, name) ? POSIX[name]! : fail(`there is no class "[:${name}:]"`);
  return { fits: (given) => fitting.test(given), next: end + 1 };
}
