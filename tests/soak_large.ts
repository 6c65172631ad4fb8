/** What takes too long, or too much room, for every run of the tests. */
import { assert, assertEquals } from "@std/assert";
import type { Direction, Weather } from "./chaos_proxy.ts";
import { assertNothingLeft, Bench, bigFile, isSameFile, MIB } from "./resume/kit.ts";
import { afterBytes } from "./wire_position.ts";

const GIB = 1024 * MIB;
const SYNC_BYTES = 64 * MIB;
const LOSS_MS = 30_000;

/** Puts and gets 1 GiB over TLS, cut at three places. @returns how much went twice, in bytes */
export async function cutLargeTransfers(): Promise<Record<string, number>> {
  const twice: Record<string, number> = {};
  await using bench = await Bench.start({ tls: true });
  const source = bigFile(bench.temp.join("source"), GIB);
  const back = bench.temp.join("back");
  for (const percent of [10, 50, 90]) {
    const place = Math.floor(GIB * percent / 100);
    const cut = (direction: Direction): Weather[] => [{ cut: { direction, at: afterBytes(place), how: "reset" } }];
    for (const direction of ["up", "down"] as const) {
      const args = direction === "up"
        ? ["put", source, `REMOTE:target${percent}`]
        : ["get", `REMOTE:target${percent}`, back];
      const { code, stdout, stderr } = await bench.ftp([...args, "--json"], cut(direction));
      assertEquals(code, 0, stderr);
      const { moved, code: status } = JSON.parse(stdout.trim().split("\n").at(-1)!);
      assertEquals(status, 205);
      assert(moved <= GIB - place + SYNC_BYTES, `${moved} bytes after a cut at ${place}`);
      twice[`${direction} ${percent} %`] = moved - (GIB - place);
    }
    assert(isSameFile(source, back), `what came back after cuts at ${percent} % is what was sent`);
    Deno.removeSync(back);
  }
  assertNothingLeft(bench.server);
  return twice;
}

/** The network is down for half a minute in the middle of a put and of a get. */
export async function longNetworkLoss(): Promise<void> {
  await using bench = await Bench.start({ tls: true });
  const source = bigFile(bench.temp.join("source"), 256 * MIB);
  const back = bench.temp.join("back");
  for (const direction of ["up", "down"] as const) {
    bench.proxy.onCut = () => void setTimeout(() => void bench.proxy.up(), LOSS_MS);
    const args = direction === "up" ? ["put", source, "REMOTE:target"] : ["get", "REMOTE:target", back];
    const { code, stderr } = await bench.ftp(args, [{ cut: { direction, at: afterBytes(128 * MIB), how: "down" } }]);
    assertEquals(code, 0, stderr);
  }
  assert(isSameFile(source, back), "what came back is what was sent");
  assertNothingLeft(bench.server);
}
