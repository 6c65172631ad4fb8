/** What is short: the names of a large folder, and a visit that asks one thing. */
import { join } from "@std/path";
import { makeFile } from "../data.ts";
import { runnersOf, type Workload } from "../workload.ts";

const FOLDER = "many";
const FILE = "one.bin";

export const list: Workload = {
  name: "list",
  summary: "the names in a folder of many",
  place: "memory",
  async run(tools) {
    const { site, options: { entries } } = tools;
    const folder = join(site.source, FOLDER);
    Deno.mkdirSync(folder);
    for (let index = 0; index < entries; index++) Deno.writeFileSync(join(folder, `name-${index}`), new Uint8Array());
    site.serve(FOLDER);
    await tools.race({
      title: `list ${entries} names`,
      unit: "time",
      amount: entries,
      runners: runnersOf(tools, "list", () => ({
        call: { remote: FOLDER, local: site.got, count: 1 },
        prepare() {},
        check(stdout) {
          const names = stdout.match(/name-\d/g)?.length ?? 0;
          if (names !== entries) throw new Error(`${names} names instead of ${entries}`);
        },
      })),
    });
    tools.notePeak("after list");
  },
};

export const login: Workload = {
  name: "login",
  summary: "log in, ask about one file, leave; the start of the program included",
  place: "memory",
  async run(tools) {
    const { site } = tools;
    makeFile(join(site.source, FILE), 4711);
    site.serve(FILE);
    await tools.race({
      title: "login, stat, quit",
      unit: "time",
      amount: 1,
      runners: runnersOf(tools, "login", () => ({
        call: { remote: FILE, local: site.got, count: 1 },
        prepare() {},
        check(stdout) {
          if (!/\b4,?711\b/.test(stdout)) throw new Error(`It said no size: ${stdout.slice(0, 100)}`);
        },
      })),
    });
  },
};
