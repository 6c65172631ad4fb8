import { killAtRandom } from "./kills.ts";

/** Few enough for every run of the tests; the soak does more of them. */
const TIMES = 60;

Deno.test("a put and a get end whole when the client or the server is killed at a random byte", async () => {
  await killAtRandom({ times: TIMES, seed: 20 });
});
