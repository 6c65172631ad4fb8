import { assertEquals } from "@std/assert";
import { IS_TORTURE, say, SEED } from "../sample.ts";
import { killAtRandom } from "./kills.ts";

/** Of each kind; the soak does more of them. */
const EACH = IS_TORTURE ? 15 : 3;

Deno.test("a put and a get end whole when the client or the server is killed at a random byte", async () => {
  say(`kills at random: FTP_SEED=${SEED}, ${EACH} of each kind`);
  const kills = await killAtRandom({ times: 4 * EACH, seed: SEED });
  assertEquals(kills, {
    "client in a put": EACH,
    "client in a get": EACH,
    "server in a put": EACH,
    "server in a get": EACH,
  });
});
