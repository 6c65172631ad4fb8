import { assertEquals, assertThrows } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { openDatabase } from "../../users/database.ts";
import { QuotaLedger } from "../../users/quota_ledger.ts";
import { reserve, TempDatabase } from "./open_temp.ts";

Deno.test("QuotaLedger.reserve() books to the last byte and not one more", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 1000);
  for (const [bytes, fits] of [[999, true], [1000, true], [1001, false]] as const) {
    if (!fits) {
      assertEquals(assertThrows(() => reserve(ledger, id, bytes), StatusError).code, 404);
      continue;
    }
    const reservation = reserve(ledger, id, bytes);
    assertEquals(ledger.usage(id), { used: 0, reserved: bytes, limit: 1000 });
    reservation.release();
  }
  assertEquals(ledger.usage(id), { used: 0, reserved: 0, limit: 1000 });
});

Deno.test("QuotaLedger.reserve() counts what is used and what others have reserved", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 1000);
  ledger.change(id, () => 300);
  reserve(ledger, id, 200);
  for (const bytes of [501, 1000]) assertThrows(() => reserve(ledger, id, bytes), StatusError);
  reserve(ledger, id, 500);
  assertThrows(() => reserve(ledger, id, 1), StatusError);
  // Nothing needs no room.
  reserve(ledger, id, 0);
  assertEquals(ledger.usage(id), { used: 300, reserved: 700, limit: 1000 });
});

Deno.test("QuotaLedger.reserve() says the numbers when there is not enough", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 10 * 1024 * 1024);
  ledger.change(id, () => 6 * 1024 * 1024);
  reserve(ledger, id, 1024 * 1024);
  const error = assertThrows(() => reserve(ledger, id, 12 * 1024 * 1024), StatusError);
  assertEquals(
    error.message,
    'Not enough space for "big.iso": 12.0 MiB needed, 3.0 MiB of 10.0 MiB free',
  );
  assertEquals({ ...error.details }, { needed: 12_582_912, free: 3_145_728 });
});

Deno.test("QuotaLedger.reserve() says that nothing is free when the quota was lowered below what is used", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 1000);
  ledger.change(id, () => 900);
  temp.accounts.setQuota(id, 100);
  const error = assertThrows(() => reserve(ledger, id, 1), StatusError, "0 B of 100 B free");
  assertEquals({ ...error.details }, { needed: 1, free: 0 });
});

Deno.test("QuotaLedger.reserve() has no limit when the quota is null, and none to give when it is zero", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const [none, zero] = [temp.add("none", null), temp.add("zero", 0)];
  reserve(ledger, none, Number.MAX_SAFE_INTEGER).release();
  reserve(ledger, none, 1e12).settle(() => 1e12);
  assertEquals(ledger.usage(none), { used: 1e12, reserved: 0, limit: null });
  assertThrows(() => reserve(ledger, zero, 1), StatusError);
  reserve(ledger, zero, 0).settle(() => 0);
});

Deno.test("QuotaLedger.usage() can still be told when reservations without a limit pass 2^53", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("none", null);
  // Two uploads that announce the largest size there is.
  for (let i = 0; i < 2; i++) {
    try {
      reserve(ledger, id, Number.MAX_SAFE_INTEGER);
    } catch (error) {
      // Refusing the second is as good.
      if (!(error instanceof StatusError)) throw error;
    }
  }
  assertEquals(ledger.usage(id).limit, null);
  assertEquals(temp.accounts.list().length, 1);
});

Deno.test("QuotaLedger keeps users apart", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const [alice, bob] = [temp.add("alice", 100), temp.add("bob", 100)];
  reserve(ledger, alice, 100);
  reserve(ledger, bob, 100).settle(() => 60);
  assertEquals(ledger.usage(alice), { used: 0, reserved: 100, limit: 100 });
  assertEquals(ledger.usage(bob), { used: 60, reserved: 0, limit: 100 });
});

Deno.test("QuotaLedger books nothing when the work fails, and the reservation stays", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 100);
  const reservation = reserve(ledger, id, 50);
  const fail = () => {
    throw new TypeError("rename failed");
  };
  assertThrows(() => reservation.settle(fail), TypeError, "rename failed");
  assertThrows(() => ledger.change(id, fail), TypeError, "rename failed");
  assertEquals(ledger.usage(id), { used: 0, reserved: 50, limit: 100 });
  reservation.release();
  reservation.release();
  assertEquals(ledger.usage(id), { used: 0, reserved: 0, limit: 100 });
});

Deno.test("Reservation.settle() does no work twice and none after release", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 100);
  let worked = 0;
  const work = () => (worked++, 10);
  const settled = reserve(ledger, id, 50);
  settled.settle(work);
  const released = reserve(ledger, id, 50);
  released.release();
  for (const ended of [settled, released]) {
    assertEquals(assertThrows(() => ended.settle(work), StatusError, "is gone").code, 400);
  }
  assertEquals([worked, ledger.usage(id).used], [1, 10]);
});

Deno.test("QuotaLedger fails with 400 when the account was removed", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 100);
  const reservation = reserve(ledger, id, 50);
  temp.accounts.remove(id);
  let worked = 0;
  assertEquals(assertThrows(() => reservation.settle(() => ++worked), StatusError).code, 400);
  assertEquals(assertThrows(() => reserve(ledger, id, 1), StatusError).code, 400);
  assertEquals(assertThrows(() => ledger.usage(id), StatusError).code, 400);
  reservation.release();
  assertEquals(worked, 0);
  // The next owner of the name begins at zero.
  assertEquals(ledger.usage(temp.add("alice", 100)), { used: 0, reserved: 0, limit: 100 });
});

Deno.test("QuotaLedger.change() never books below zero", () => {
  using temp = new TempDatabase();
  const ledger = new QuotaLedger(temp.database);
  const id = temp.add("alice", 100);
  ledger.change(id, () => 5);
  ledger.change(id, () => -50);
  assertEquals(ledger.usage(id).used, 0);
});

Deno.test("QuotaLedger.adopt() goes on with what a lost process had reserved", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", 100);
  const { id: lost, bytes } = reserve(new QuotaLedger(temp.database), id, 60);
  using again = openDatabase(temp.file);
  const ledger = new QuotaLedger(again);
  assertEquals(ledger.usage(id), { used: 0, reserved: 60, limit: 100 });
  assertThrows(() => reserve(ledger, id, 41), StatusError);
  ledger.adopt(id, { id: lost, bytes }).settle(() => 60);
  assertEquals(ledger.usage(id), { used: 60, reserved: 0, limit: 100 });
});
