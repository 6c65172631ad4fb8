/** The most memory that our server ever had, with one kind of work after another. */
import { join } from "@std/path";
import type { Action } from "../contender.ts";
import { makeFile, makeTree } from "../data.ts";
import { run } from "../job.ts";
import { emptyFolder } from "../site.ts";
import type { Workload } from "../workload.ts";

const BIG = "big.bin";
const TREE = "tree";
const INBOX = "in";

export const memory: Workload = {
  name: "memory",
  summary: "the peak memory of our server alone, step by step",
  place: "memory",
  async run(tools) {
    const { site, signal, options: { size, files, fileSize, clients } } = tools;
    const { contender: { jobs } } = site.ours;
    makeFile(join(site.source, BIG), size);
    makeTree(join(site.source, TREE), { files, folders: 100, bytes: fileSize });
    site.serve(BIG);
    site.serve(TREE);
    const step = async (action: Action, { remote, local = site.got }: { remote: string; local?: string }) => {
      emptyFolder(site.got);
      site.serveEmpty(INBOX);
      for (let index = 0; action === "getMany" && index < clients; index++) {
        Deno.mkdirSync(join(site.got, String(index)));
      }
      await run(jobs[action]!({ remote, local, count: clients }), signal);
      tools.notePeak(action === "getMany" ? `${clients} x get` : `${action} of ${remote}`);
    };
    tools.notePeak("started");
    await step("login", { remote: BIG });
    await step("get", { remote: BIG });
    await step("put", { remote: INBOX, local: join(site.source, BIG) });
    Deno.removeSync(join(site.source, BIG));
    site.serveEmpty(INBOX);
    await step("getTree", { remote: TREE });
    await step("putTree", { remote: INBOX, local: join(site.source, TREE) });
    makeFile(join(site.source, "part.bin"), tools.options.clientSize);
    site.serve("part.bin");
    await step("getMany", { remote: "part.bin" });
  },
};
