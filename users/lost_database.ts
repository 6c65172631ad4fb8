/** Whether an account database that is not there has been there: then making a new one would give homes away. */
import { basename, dirname, join } from "@std/path";
import { namesIfThere } from "../files/lookup.ts";
import { rename } from "../files/rename.ts";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";
import { rootAt } from "./root.ts";

/** What the system itself puts at the top of a volume. */
const OF_THE_SYSTEM = ["lost+found"];
/** What SQLite has beside a database. */
const JOURNALS = ["-wal", "-shm", "-journal"];

/**
 * The refusal for a root whose database is gone while something that belongs to it is not.
 *
 * @returns `undefined` when the database is there, or nothing of it
 */
export function lostDatabase(file: string): StatusError | undefined {
  const folder = dirname(file);
  if (namesIn(folder).includes(basename(file))) return undefined;
  const { homes, staging } = rootAt(folder);
  const left = [homes, staging].flatMap((top) => namesIn(top).map((name) => join(top, name)));
  const [first, ...more] = [...left, ...journalsOf(file)];
  if (first === undefined) return undefined;
  const others = more.length > 0 ? ` and ${more.length} more` : "";
  return new StatusError(
    500,
    `The account database ${quote(file)} is missing, but ${quote(first)}${others} belong to its accounts: bring ` +
      `${basename(file)} back from a backup, or start with no accounts by ftp serve --init-database`,
  );
}

/** Moves away what SQLite would take for a part of a new database. */
export function moveJournalsAway(file: string): void {
  for (const journal of journalsOf(file)) rename(journal, `${journal}.lost-${crypto.randomUUID()}`);
}

function journalsOf(file: string): string[] {
  const names = namesIn(dirname(file));
  return JOURNALS.map((ending) => `${file}${ending}`).filter((journal) => names.includes(basename(journal)));
}

function namesIn(folder: string): string[] {
  return namesIfThere(folder).filter((name) => !OF_THE_SYSTEM.includes(name)).sort();
}
