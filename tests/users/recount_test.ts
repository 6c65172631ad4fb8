import { assertEquals, assertThrows } from "@std/assert";
import type { DatabaseSync } from "node:sqlite";
import { StatusError } from "../../protocol/status.ts";
import { QuotaLedger } from "../../users/quota_ledger.ts";
import { bytesUnder, recount } from "../../users/recount.ts";
import { TempDir } from "../harness.ts";
import { TempDatabase } from "./open_temp.ts";

Deno.test("bytesUnder() adds up the files of all folders below", () => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("a", "b", "c"), { recursive: true });
  temp.file("one", new Uint8Array(1));
  temp.file("a/ten", new Uint8Array(10));
  temp.file("a/b/c/hundred", new Uint8Array(100));
  temp.file("a/.hidden", new Uint8Array(1000));
  temp.file("empty", "");
  assertEquals(bytesUnder(temp.path), 1111);
});

Deno.test("bytesUnder() follows no link", () => {
  using temp = new TempDir();
  using outside = new TempDir();
  outside.file("big", new Uint8Array(5000));
  temp.file("own", new Uint8Array(7));
  Deno.symlinkSync(outside.path, temp.join("folder"));
  Deno.symlinkSync(outside.join("big"), temp.join("file"));
  Deno.symlinkSync(temp.path, temp.join("circle"));
  Deno.symlinkSync("nowhere", temp.join("dangling"));
  assertEquals(bytesUnder(temp.path), 7);
});

Deno.test("bytesUnder() is 0 when there is no folder", () => {
  using temp = new TempDir();
  assertEquals(bytesUnder(temp.join("nowhere")), 0);
});

Deno.test("recount() brings `used` back to what the home holds", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", 10);
  new QuotaLedger(temp.database).change(id, () => 5);
  Deno.mkdirSync(temp.temp.join("home"));
  Deno.writeFileSync(temp.temp.join("home", "a"), new Uint8Array(123));
  assertEquals(recount(temp.database, id, temp.temp.join("home")), { before: 5, after: 123 });
  // More than the quota is told as it is: the truth is not cut.
  assertEquals(temp.accounts.get("alice").used, 123);
  assertEquals(recount(temp.database, id, temp.temp.join("home")), { before: 123, after: 123 });
});

/** A database in which something is booked each time that `used` has been read, so often. */
function busy(temp: TempDatabase, id: number, bookings: number): DatabaseSync {
  const ledger = new QuotaLedger(temp.database);
  let left = bookings;
  return {
    prepare(sql: string) {
      const statement = temp.database.prepare(sql);
      if (!sql.startsWith("SELECT")) return statement;
      return {
        get(...values: number[]) {
          const row = statement.get(...values);
          if (left-- > 0) ledger.change(id, () => 1);
          return row;
        },
      };
    },
  } as unknown as DatabaseSync;
}

Deno.test("recount() starts over when something is booked in the middle", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", null);
  assertEquals(recount(busy(temp, id, 4), id, temp.temp.join("nowhere")), { before: 4, after: 0 });
  assertEquals(temp.accounts.get("alice").used, 0);
});

Deno.test("recount() gives up with 503 and books nothing when the home changes all the time", () => {
  using temp = new TempDatabase();
  const id = temp.add("alice", null);
  const count = () => recount(busy(temp, id, Infinity), id, temp.temp.join("nowhere"));
  assertEquals(assertThrows(count, StatusError, "changes too fast").code, 503);
  assertEquals(temp.accounts.get("alice").used, 5);
});

Deno.test("recount() fails with 402 when the account is gone", () => {
  using temp = new TempDatabase();
  assertEquals(assertThrows(() => recount(temp.database, 99, temp.temp.path), StatusError, "gone").code, 402);
});
