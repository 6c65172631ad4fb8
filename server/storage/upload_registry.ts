/** Where uploads start, go on, and wait: the one place that knows which of them run. */
import { dirname, join } from "@std/path";
import { removeIfThere } from "../../files/remove.ts";
import { isMissing } from "../../files/lookup.ts";
import { quote } from "../../protocol/text.ts";
import { nameOf } from "../../protocol/virtual_path.ts";
import type { QuotaLedger } from "../../users/quota_ledger.ts";
import type { UploadRecord, UploadRecords } from "../../users/upload_records.ts";
import { checkDiskSpace } from "./disk_space.ts";
import { osFailure, translateOsErrors } from "./os_error.ts";
import { PartShelf, type ShelfOptions } from "./part_shelf.ts";
import { StagedFile } from "./staged_file.ts";
import { checkTarget } from "./target.ts";
import { Upload } from "./upload.ts";
import type { UploadPlan } from "./upload_plan.ts";
import { stagedFiles, type UserPlace } from "./user_place.ts";
import type { OnWork } from "./work.ts";

/** Where an upload goes, and what is told of its work. */
export type UploadPlace = UserPlace & { readonly onWork: OnWork };

/** All uploads of one server. */
export class UploadRegistry {
  readonly #ledger: QuotaLedger;
  readonly #records: UploadRecords;
  /** Those that are not finished. */
  readonly parts: PartShelf;
  readonly #running = new Map<string, Upload>();
  /** Records that somebody is about to go on with: reading back what is there takes its time. */
  readonly #claimed = new Set<string>();

  constructor(ledger: QuotaLedger, records: UploadRecords, options: ShelfOptions = {}) {
    this.#ledger = ledger;
    this.#records = records;
    this.parts = new PartShelf({ ledger, records, isBusy: (id) => this.#isBusy(id) }, options);
  }

  /**
   * Starts an upload, or goes on with an interrupted one of the same path and size. One of the same source that still
   * runs, on a connection that may be dead, is taken over.
   *
   * @throws {StatusError} 404 when quota or disk have no room; 402, 403, 406, 407 for its place
   */
  async open(plan: UploadPlan, place: UploadPlace): Promise<Upload> {
    const { place: target } = checkTarget(place.jail, plan.path, plan.create);
    const continued = await this.#continue(plan, place);
    if (continued) return continued;
    this.parts.makeRoom(place);
    const subject = { path: plan.path, bytes: plan.size, source: plan.source };
    const reservation = this.parts.reserve(place.userId, subject, quote(nameOf(plan.path)));
    try {
      return translateOsErrors(plan.path, () => {
        const folder = place.staging.placeFor(dirname(target));
        checkDiskSpace(folder, plan.size, { reserve: place.diskReserve, own: place.staging.usual });
        const staged = StagedFile.create(join(folder, reservation.id), this.#noteOffset(reservation.id));
        return this.#run(plan, { place, staged, id: reservation.id });
      });
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  async #continue(plan: UploadPlan, place: UploadPlace): Promise<Upload | undefined> {
    const record = await this.#candidate(plan, place);
    // Two may have waited for the same one to be given up: the first has it.
    if (!record || this.#isBusy(record.id)) return undefined;
    const { id } = record;
    this.#claimed.add(id);
    try {
      const staged = await this.#reopened(record, place);
      if (staged) return this.#run(plan, { place, staged, id });
    } catch (error) {
      throw osFailure(error, plan.path);
    } finally {
      this.#claimed.delete(id);
    }
    // What is on disk is not what the record promises: it is of no use.
    this.parts.forget(record, place);
    return undefined;
  }

  async #reopened({ id, path, offset }: UploadRecord, place: UploadPlace): Promise<StagedFile | undefined> {
    for (const file of stagedFiles({ id, path }, place)) {
      try {
        return await StagedFile.reopen(file, offset, { onDurable: this.#noteOffset(id), onWork: place.onWork });
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return undefined;
  }

  /** The record to go on with. Others of this path are of another version of the file, and go. */
  async #candidate(plan: UploadPlan, place: UserPlace): Promise<UploadRecord | undefined> {
    const ofPath = this.parts.list(place.userId).filter(({ path }) => path === plan.path);
    let found: UploadRecord | undefined;
    for (const record of ofPath) {
      const running = this.#running.get(record.id);
      // Who does not say what it sends cannot take over what another one sends.
      const isSame = plan.source !== "" && record.bytes === plan.size && record.source === plan.source;
      if (running && isSame) await running.yieldToNewer();
      // Another client's upload to the same path is none of our business.
      if ((running && !isSame) || this.#claimed.has(record.id)) continue;
      const isFitting = record.bytes === plan.size;
      if (!isFitting) this.parts.forget(record, place);
      else found = isSame || !found ? record : found;
    }
    // Taking over has made more of it durable than the record said before.
    return found && this.#records.find(found.id);
  }

  #run(
    plan: UploadPlan,
    { place, staged, id }: { place: UploadPlace; staged: StagedFile; id: string },
  ): Upload {
    const reservation = this.#ledger.adopt(place.userId, { id, bytes: plan.size });
    const upload: Upload = new Upload(plan, {
      jail: place.jail,
      staging: place.staging,
      digests: place.digests,
      onWork: place.onWork,
      staged,
      reservation,
      onEnd: ({ isStored, file }) => {
        if (this.#running.get(id) === upload) this.#running.delete(id);
        if (isStored) this.parts.tidy(place, new Set([plan.path]), plan.size);
        // The account went in the middle, and its records with it.
        if (!isStored && !this.#records.find(id)) removeIfThere(file);
      },
    });
    this.#running.set(id, upload);
    return upload;
  }

  #isBusy(id: string): boolean {
    return this.#running.has(id) || this.#claimed.has(id);
  }

  #noteOffset(id: string): (offset: number) => void {
    // That less is promised than there is does no harm.
    return (offset) => this.#ledger.soon(() => void this.#records.setOffset(id, offset));
  }
}
