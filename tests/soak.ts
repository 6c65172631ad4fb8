/**
 * The long test: `deno task soak --minutes 10`. Users put, get, move and remove while the network breaks and the server is
 * killed, beside them folders with links, mounts and odd names are synced and cut off, and at the end everything is where
 * a model of it says. Then come the large transfers and the many kills. Exits
 * with 1 at any violation.
 */
import { parseArgs } from "node:util";
import { killAtRandom } from "./resume/kills.ts";
import { cutLargeTransfers, longNetworkLoss } from "./soak_large.ts";
import { soakTrees } from "./soak_trees.ts";
import { soakUsers } from "./soak_users.ts";

const KILLS = 200;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Runs one part; says how it went. @returns whether it went well */
async function part(name: string, run: () => Promise<unknown>): Promise<boolean> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  try {
    const result = await run();
    say(`ok    ${name} (${seconds()}) ${result === undefined ? "" : JSON.stringify(result)}`);
    return true;
  } catch (error) {
    say(`FAIL  ${name} (${seconds()})\n${error instanceof Error ? error.stack : error}`);
    return false;
  }
}

if (import.meta.main) {
  const text = { type: "string" } as const;
  const options = { minutes: text, seed: text, kills: text, small: { type: "boolean" } } as const;
  const { values: given } = parseArgs({ args: Deno.args, options });
  const minutes = Number(given.minutes ?? 10);
  const seed = Number(given.seed ?? Math.floor(Math.random() * 1_000_000));
  if (!(minutes > 0) || !(seed >= 0)) {
    say("usage: deno task soak [--minutes N] [--seed N] [--kills N] [--small]");
    Deno.exit(2);
  }
  say(`seed ${seed}: give --seed ${seed} to meet the same again`);
  const ms = minutes * 60_000;
  const results = await Promise.all([
    part(`users for ${minutes} min`, () => soakUsers({ ms, seed })),
    part(`trees with links, mounts and parts for ${minutes} min`, () => soakTrees({ ms, seed })),
  ]);
  results.push(
    await part(
      "kills at random bytes",
      () => killAtRandom({ times: Number(given.kills ?? KILLS), seed: seed % 1_000 + 1 }),
    ),
  );
  // Without these it needs a disk of less than 1 GiB.
  if (!given.small) {
    results.push(await part("1 GiB cut at 10, 50 and 90 percent", cutLargeTransfers));
    results.push(await part("30 s without a network", longNetworkLoss));
  }
  const failed = results.filter((isGood) => !isGood).length;
  say(failed === 0 ? "soak: all well" : `soak: ${failed} of ${results.length} parts failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
