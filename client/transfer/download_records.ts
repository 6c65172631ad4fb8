/** Which temporary file belongs to which download, and what it is a part of. */
import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { removeUnlocked } from "../../files/lock.ts";
import { count, type Fields, optional, readFields, text, time } from "../../protocol/message/fields.ts";
import { localEntry } from "./file.ts";
import type { RecordFolder } from "./record_folder.ts";
import { downloadTemp, newId } from "./temp_name.ts";

/** Interrupted downloads that are remembered. */
const MOST_KEPT = 1_000;

const ORIGIN = { server: text, user: text, path: text, size: count, mtime: time } as const;
const PLACE = { temp: text, target: text, ino: optional(text) } as const;

/** What a download is a download of. Bytes, ms since 1970. */
export type Origin = Fields<typeof ORIGIN>;

/** One download. */
export interface DownloadRecord {
  readonly id: string;
  /** The temporary file and the file that it is to become: paths without links. */
  readonly temp: string;
  readonly target: string;
  /** Which file the temporary one is; `undefined` until the first byte may come. */
  readonly ino?: string | undefined;
  readonly origin?: Origin | undefined;
}

/** Records by target and by temporary file. */
export class DownloadRecords {
  readonly #records: RecordFolder;

  constructor(records: RecordFolder) {
    this.#records = records;
  }

  /** Why some records last no longer than this program. */
  get trouble(): string | undefined {
    return this.#records.trouble;
  }

  /** A download to a place, not yet registered. */
  start(target: string): DownloadRecord {
    const id = newId();
    return { id, temp: join(dirname(target), downloadTemp(id)), target };
  }

  /** Those to a place: more than one only where two programs began at the same moment. */
  ofTarget(target: string): DownloadRecord[] {
    return this.#find((name) => name.startsWith(`${digestOf(target)}.`)).filter((record) => record.target === target);
  }

  /** The one with an id. */
  ofId(id: string): DownloadRecord | undefined {
    return this.#find((name) => name.endsWith(`.${id}`))[0];
  }

  /** Whether a record outlasts this program. */
  isLasting(record: DownloadRecord): boolean {
    return !this.#records.passing.includes(nameOf(record));
  }

  /** Those that last no longer than this program. */
  get passing(): DownloadRecord[] {
    return this.#records.passing.flatMap((name) => this.#read(name) ?? []);
  }

  /** Writes a record, new or changed. @returns whether it outlasts this program */
  save({ origin, ...place }: DownloadRecord): boolean {
    this.#records.prune(MOST_KEPT, {
      isVoid: (name) => this.#tempOf(name) === undefined,
      drop: (name) => this.#drop(name),
    });
    return this.#records.write(nameOf(place), { ...place, ...origin });
  }

  /** @throws the error of the operating system */
  remove(record: DownloadRecord): void {
    this.#records.remove(nameOf(record));
  }

  #find(isWanted: (name: string) => boolean): DownloadRecord[] {
    return this.#records.names().filter(isWanted).flatMap((name) => this.#read(name) ?? []);
  }

  #read(name: string): DownloadRecord | undefined {
    const id = name.split(".")[1] ?? "";
    try {
      const fields = this.#records.read(name) as Record<string, unknown>;
      const { temp, target, ino } = readFields(fields, PLACE, "ignore");
      // A record may only speak of the one file that its name speaks of.
      if (temp !== join(dirname(target), downloadTemp(id))) return undefined;
      return { id, temp, target, ino, origin: "path" in fields ? readFields(fields, ORIGIN, "ignore") : undefined };
    } catch {
      // Damaged, or gone meanwhile: then nothing is known, and nothing of it is touched.
      return undefined;
    }
  }

  /** The temporary file of a record, if it is there and ours. */
  #tempOf(name: string): string | undefined {
    const record = this.#read(name);
    return record && isProven(record, localEntry(record.temp)) ? record.temp : undefined;
  }

  /** Forgets a download, and with it what nobody would know any more. One that runs is left alone. */
  #drop(name: string): void {
    const temp = this.#tempOf(name);
    if (temp !== undefined && !removeUnlocked(temp)) return;
    this.#records.remove(name);
  }
}

/**
 * Whether a file is surely the one that a record speaks of: a regular file, known by no other name, and the very one that
 * was made. Before the first byte came that is not noted, and it is empty.
 *
 * The number of the device does not count: many systems give it anew each time they start.
 */
export function isProven({ ino }: DownloadRecord, info: Deno.FileInfo | undefined): boolean {
  if (!info?.isFile || (info.nlink ?? 1) > 1) return false;
  return ino === undefined ? info.size === 0 : ino === inoOf(info);
}

/** Which file it is, as far as the system tells. */
export function inoOf({ ino }: Deno.FileInfo): string {
  return String(ino);
}

function nameOf({ target, id }: Pick<DownloadRecord, "target" | "id">): string {
  return `${digestOf(target)}.${id}`;
}

function digestOf(target: string): string {
  return createHash("sha256").update(target).digest("hex").slice(0, 32);
}
