/**
 * How much of a long test runs: `deno task torture` runs every crash step and many kills; else a sample, which another seed
 * makes another one. The seed is of the day, is printed, and can be given: `FTP_SEED=123 deno task test`.
 */
const DAY_MS = 86_400_000;
/** Of the steps of a crash test every third runs. */
const STRIDE = 3;

/** Whether everything runs. */
export const IS_TORTURE = Boolean(Deno.env.get("FTP_TORTURE"));

/** What the sample is drawn by. */
export const SEED = Number(Deno.env.get("FTP_SEED") || Math.floor(Date.now() / DAY_MS));

/** The numbers of the steps that run, from 1 on without end. @param what the test, which the printed line names */
export function* sampledSteps(what: string): Generator<number> {
  const stride = IS_TORTURE ? 1 : STRIDE;
  const first = IS_TORTURE ? 1 : 1 + SEED % STRIDE;
  if (!IS_TORTURE) say(`sample of ${what}: FTP_SEED=${SEED}, every third step from ${first} on`);
  for (let step = first;; step += stride) yield step;
}

/** Says which sample a test runs, so that a failure can be had again. */
export function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
