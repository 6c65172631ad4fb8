/** One big file, down and up. */
import { join } from "@std/path";
import { makeFile } from "../data.ts";
import { emptyFolder } from "../site.ts";
import { runnersOf, type Workload } from "../workload.ts";

const NAME = "big.bin";
const INBOX = "in";

function checkSize(path: string, bytes: number): void {
  const { size } = Deno.statSync(path);
  if (size !== bytes) throw new Error(`${size} bytes arrived instead of ${bytes}`);
}

export const big: Workload = {
  name: "big",
  summary: "one big file, get and put",
  place: "memory",
  async run(tools) {
    const { site, options: { size } } = tools;
    const source = join(site.source, NAME);
    makeFile(source, size);
    site.serve(NAME);
    site.serveEmpty(INBOX);
    await tools.race({
      title: "big get",
      unit: "bytes",
      amount: size,
      runners: runnersOf(tools, "get", () => ({
        call: { remote: NAME, local: site.got, count: 1 },
        prepare: () => emptyFolder(site.got),
        check: () => checkSize(join(site.got, NAME), size),
      })),
    });
    emptyFolder(site.got);
    await tools.race({
      title: "big put",
      unit: "bytes",
      amount: size,
      runners: runnersOf(tools, "put", ({ served }) => ({
        call: { remote: INBOX, local: source, count: 1 },
        prepare: () => site.serveEmpty(INBOX),
        check: () => checkSize(join(served, INBOX, NAME), size),
      })),
    });
    tools.notePeak("after big");
  },
};
