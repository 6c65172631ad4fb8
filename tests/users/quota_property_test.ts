import { assert, assertEquals } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { openDatabase } from "../../users/database.ts";
import { QuotaLedger, type Reservation } from "../../users/quota_ledger.ts";
import { randomSource } from "../random.ts";
import { reserve, TempDatabase } from "./open_temp.ts";

const QUOTA = 1000;

/** What the ledger must say, kept beside it in the simplest way there is. */
class Model {
  used = 0;
  readonly open: Reservation[] = [];

  get reserved(): number {
    return this.open.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Takes one of the open reservations out. */
  take(index: number): Reservation {
    return this.open.splice(index, 1)[0]!;
  }
}

function step(ledger: QuotaLedger, id: number, { model, random }: { model: Model; random: (below: number) => number }) {
  const action = random(10);
  if (action < 5 || model.open.length === 0) {
    const bytes = random(3) === 0 ? QUOTA - model.used - model.reserved + random(3) - 1 : random(400);
    if (bytes < 0) return;
    const fits = model.used + model.reserved + bytes <= QUOTA;
    try {
      model.open.push(reserve(ledger, id, bytes));
      assert(fits, `reserved ${bytes} at ${model.used} used`);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      assertEquals([error.code, fits], [404, false]);
    }
  } else if (action < 8) {
    const reservation = model.take(random(model.open.length));
    // Replacing a larger file makes the home smaller; it never grows by more than was reserved.
    const gained = Math.max(-model.used, reservation.bytes - random(2) * random(reservation.bytes * 2 + 1));
    reservation.settle(() => gained);
    model.used += gained;
  } else if (action < 9) {
    model.take(random(model.open.length)).release();
  } else {
    const removed = random(model.used + 1);
    ledger.change(id, () => -removed);
    model.used -= removed;
  }
}

Deno.test("QuotaLedger never passes the quota, whatever is reserved, settled and released in whatever order", () => {
  using temp = new TempDatabase();
  // Two connections to one database: as two processes would have.
  using other = openDatabase(temp.file);
  const ledgers = [new QuotaLedger(temp.database), new QuotaLedger(other)];
  for (const database of [temp.database, other]) database.exec("PRAGMA synchronous = OFF");
  for (let seed = 1; seed <= 8; seed++) {
    const id = temp.add(`user${seed}`, QUOTA);
    const model = new Model();
    const random = randomSource(seed);
    for (let turn = 0; turn < 250; turn++) {
      step(ledgers[random(2)]!, id, { model, random });
      const usage = ledgers[random(2)]!.usage(id);
      assertEquals(usage, { used: model.used, reserved: model.reserved, limit: QUOTA }, `seed ${seed}, turn ${turn}`);
      assert(usage.used + usage.reserved <= QUOTA);
    }
    for (const reservation of model.open) reservation.release();
    assertEquals(ledgers[0]!.usage(id), { used: model.used, reserved: 0, limit: QUOTA });
  }
});
