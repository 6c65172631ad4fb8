import { assertEquals } from "@std/assert";
import { FreshSignals } from "../../console/fresh_signals.ts";

Deno.test("row 21: FreshSignals takes the same signal within a second for a copy", { permissions: "none" }, () => {
  let now = 5_000;
  const signals = new FreshSignals(() => now);
  const heard: boolean[] = [];
  // A copy does not make the time longer: who keeps pressing is heard once a second.
  for (const at of [0, 2, 999, 1_000, 1_500, 1_999, 2_000]) {
    now = 5_000 + at;
    heard.push(signals.isFresh("SIGINT"));
  }
  assertEquals(heard, [true, false, false, true, false, false, true]);
  // Another one is no copy.
  assertEquals([signals.isFresh("SIGTERM"), signals.isFresh("SIGTERM")], [true, false]);
});
