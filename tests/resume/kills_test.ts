import { assertEquals } from "@std/assert";
import { killAtRandom } from "./kills.ts";

/** Few enough for every run of the tests; the soak does more of them. */
const TIMES = 60;

Deno.test("a put and a get end whole when the client or the server is killed at a random byte", async () => {
  const kills = await killAtRandom({ times: TIMES, seed: 20 });
  const each = TIMES / 4;
  assertEquals(kills, {
    "client in a put": each,
    "client in a get": each,
    "server in a put": each,
    "server in a get": each,
  });
});
