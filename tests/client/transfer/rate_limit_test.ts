import { assertEquals } from "@std/assert";
import { RateLimit } from "../../../client/transfer/rate_limit.ts";

/** A clock that goes on only by what is waited for; it stands in for the real one until it is disposed of. */
class FakeClock implements Disposable {
  ms = 1000;
  readonly waits: number[] = [];
  readonly #now = performance.now;
  readonly #setTimeout = globalThis.setTimeout;

  constructor() {
    performance.now = () => this.ms;
    globalThis.setTimeout = ((then: () => void, ms: number) => {
      this.waits.push(ms);
      this.ms += ms;
      queueMicrotask(then);
      return 0;
    }) as unknown as typeof setTimeout;
  }

  /** How long was waited since the last call. */
  waited(): number {
    return Math.round(this.waits.splice(0).reduce((sum, ms) => sum + ms, 0));
  }

  [Symbol.dispose](): void {
    performance.now = this.#now;
    globalThis.setTimeout = this.#setTimeout;
  }
}

Deno.test("RateLimit.take() never waits when there is no limit", { permissions: "none" }, async () => {
  using clock = new FakeClock();
  const limit = new RateLimit(undefined);
  for (let i = 0; i < 100; i++) await limit.take(1e12);
  assertEquals(clock.waits, []);
});

Deno.test("RateLimit.take() lets a quarter of a second through at once and then keeps the rate", {
  permissions: "none",
}, async () => {
  using clock = new FakeClock();
  const limit = new RateLimit(1000);
  await limit.take(250);
  assertEquals(clock.waited(), 0);
  await limit.take(1);
  assertEquals(clock.waited(), 1);
  await limit.take(500);
  assertEquals(clock.waited(), 500);
});

Deno.test("RateLimit.take() keeps the rate over many chunks of any size", { permissions: "none" }, async () => {
  using clock = new FakeClock();
  const limit = new RateLimit(10_000);
  let bytes = 0;
  for (let i = 0; i < 300; i++) {
    const chunk = 1 + (i * 7919) % 900;
    bytes += chunk;
    await limit.take(chunk);
  }
  // All but the burst had to be waited for.
  assertEquals(clock.waited(), Math.round((bytes - 2500) / 10));
});

Deno.test("RateLimit.take() waits for a chunk that is larger than a burst", { permissions: "none" }, async () => {
  using clock = new FakeClock();
  await new RateLimit(1000).take(10_000);
  assertEquals(clock.waited(), 9750);
});

Deno.test("RateLimit.take() saves up no more than a burst while nothing is sent", { permissions: "none" }, async () => {
  using clock = new FakeClock();
  const limit = new RateLimit(1000);
  await limit.take(250);
  clock.ms += 3_600_000;
  await limit.take(251);
  assertEquals(clock.waited(), 1);
});
