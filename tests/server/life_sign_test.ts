import { assertEquals } from "@std/assert";
import { WORKING_INTERVAL_MS } from "../../protocol/limits.ts";
import { LifeSign } from "../../server/native/life_sign.ts";

const permissions = "none";

/** A sign whose clock goes on by so many intervals before each question. */
function signWith(): (intervals: number, session: { isBusy: boolean; sent: number }) => boolean {
  let now = 1_000;
  const sign = new LifeSign(() => now);
  return (intervals, session) => {
    now += intervals * WORKING_INTERVAL_MS;
    return sign.isDue(session);
  };
}

Deno.test("LifeSign is due once in each interval while a request runs and nothing is sent", { permissions }, () => {
  const ask = signWith();
  const busy = { isBusy: true, sent: 0 };
  assertEquals([ask(0.9, busy), ask(0.1, busy), ask(0.9, busy), ask(0.2, busy)], [false, true, false, true]);
});

Deno.test("LifeSign is not due when something was sent since", { permissions }, () => {
  const ask = signWith();
  const sends = (sent: number) => ({ isBusy: true, sent });
  assertEquals([ask(0.9, sends(5)), ask(0.2, sends(5)), ask(0.8, sends(5))], [false, false, true]);
});

Deno.test("LifeSign counts from the request on when nothing was asked for long before", { permissions }, () => {
  const ask = signWith();
  const [idle, busy] = [{ isBusy: false, sent: 7 }, { isBusy: true, sent: 7 }];
  assertEquals([ask(0, idle), ask(3, idle), ask(0.1, busy), ask(0.9, busy)], [false, false, false, true]);
});
