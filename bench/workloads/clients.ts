/** Many clients at once: a program each, and one program that holds them all. */
import { join } from "@std/path";
import { checkTree, makeFile } from "../data.ts";
import { run } from "../job.ts";
import { emptyFolder } from "../site.ts";
import { able, runnersOf, type Tools, type Workload } from "../workload.ts";

const NAME = "part.bin";

function makeInboxes(folder: string, count: number): void {
  emptyFolder(folder);
  for (let index = 0; index < count; index++) Deno.mkdirSync(join(folder, String(index)));
}

async function programEach(tools: Tools): Promise<void> {
  const { site, options: { clients, clientSize } } = tools;
  const wanted = { files: clients, bytes: clients * clientSize };
  await tools.race({
    title: `clients: ${clients} programs`,
    unit: "bytes",
    amount: wanted.bytes,
    runners: able(tools, "get").filter(({ leavesNothing }) => !leavesNothing).map((contender) => ({
      ...contender,
      prepare: () => makeInboxes(site.got, clients),
      async run(signal: AbortSignal) {
        const jobOf = (_: unknown, index: number) =>
          contender.jobs.get!({ remote: NAME, local: join(site.got, String(index)), count: 1 });
        await Promise.all(Array.from({ length: clients }, jobOf).map((job) => run(job, signal)));
        return "";
      },
      check: () => checkTree(site.got, wanted),
    })),
  });
}

async function oneProgram(tools: Tools): Promise<void> {
  const { site, options: { clients, clientSize } } = tools;
  const wanted = { files: clients, bytes: clients * clientSize };
  await tools.race({
    title: `clients: ${clients} in one program`,
    unit: "bytes",
    amount: wanted.bytes,
    runners: runnersOf(tools, "getMany", () => ({
      call: { remote: NAME, local: site.got, count: clients },
      prepare: () => makeInboxes(site.got, clients),
      check: () => checkTree(site.got, wanted),
    })),
  });
}

export const clients: Workload = {
  name: "clients",
  summary: "many clients at once, each of which gets one file",
  place: "memory",
  async run(tools) {
    makeFile(join(tools.site.source, NAME), tools.options.clientSize);
    tools.site.serve(NAME);
    await oneProgram(tools);
    tools.notePeak("after clients in one program");
    await programEach(tools);
    tools.notePeak("after clients as programs");
  },
};
