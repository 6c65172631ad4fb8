/** Trees of files: many small ones, a real one, one that is there already, and one that must be on the disk. */
import { join } from "@std/path";
import { type Action, nameOf } from "../contender.ts";
import { census, checkTree, copyTree, makeTree } from "../data.ts";
import { run } from "../job.ts";
import { emptyFolder } from "../site.ts";
import { runnersOf, type Tools, type Workload } from "../workload.ts";

const NAME = "tree";
const INBOX = "in";
const FOLDERS = 100;

function makeSmall({ site, options: { files, fileSize } }: Tools): string {
  const source = join(site.source, NAME);
  makeTree(source, { files, folders: FOLDERS, bytes: fileSize });
  return source;
}

async function getRace(tools: Tools, title: string, source: string): Promise<void> {
  const { site } = tools;
  const wanted = census(source);
  site.serve(NAME);
  await tools.race({
    title,
    unit: "files",
    amount: wanted.files,
    runners: runnersOf(tools, "getTree", () => ({
      call: { remote: NAME, local: site.got, count: 1 },
      prepare: () => emptyFolder(site.got),
      check: () => checkTree(site.got, wanted),
    })),
  });
  emptyFolder(site.got);
}

async function putRace(tools: Tools, title: string, { source, action }: { source: string; action: Action }) {
  const { site } = tools;
  const wanted = census(source);
  await tools.race({
    title,
    unit: "files",
    amount: wanted.files,
    runners: runnersOf(tools, action, ({ served }) => ({
      call: { remote: INBOX, local: source, count: 1 },
      async prepare(signal) {
        site.serveEmpty(INBOX);
        // What is still on its way to the disk is not this runner's.
        await run({ argv: ["sync", "--file-system", site.folder] }, signal);
      },
      check: () => checkTree(join(served, INBOX), wanted),
    })),
  });
}

export const small: Workload = {
  name: "small",
  summary: "a tree of small files in 100 folders, get -r and put -r",
  place: "memory",
  async run(tools) {
    const source = makeSmall(tools);
    await getRace(tools, "small get -r", source);
    await putRace(tools, "small put -r", { source, action: "putTree" });
    tools.notePeak("after small");
  },
};

export const real: Workload = {
  name: "real",
  summary: "the files and folders of a real tree, get -r and put -r",
  place: "memory",
  async run(tools) {
    const source = join(tools.site.source, NAME);
    copyTree(tools.options.tree, source);
    await getRace(tools, "real get -r", source);
    await putRace(tools, "real put -r", { source, action: "putTree" });
    tools.notePeak("after real");
  },
};

export const fsync: Workload = {
  name: "fsync",
  summary: "the tree of small onto a disk, put -r, where everybody waits for the disk",
  place: "disk",
  async run(tools) {
    await putRace(tools, "fsync put -r", { source: makeSmall(tools), action: "putTreeDurably" });
  },
};

export const again: Workload = {
  name: "again",
  summary: "the tree of small put a second time, unchanged",
  place: "memory",
  async run(tools) {
    const { site } = tools;
    const source = makeSmall(tools);
    const wanted = census(source);
    await tools.race({
      title: "again put -r",
      unit: "files",
      amount: wanted.files,
      runners: runnersOf(tools, "putTreeAgain", ({ name, served, jobs }) => {
        // One folder each: what one program left, another may take for changed.
        const inbox = `in-${name.replaceAll(/[^a-z0-9]+/gi, "-")}`;
        site.serveEmpty(inbox);
        const call = { remote: inbox, local: source, count: 1 };
        let isThere = false;
        return {
          call,
          async prepare(signal) {
            if (!isThere) await run((jobs.putTree ?? jobs.putTreeAgain)!(call), signal);
            isThere = true;
          },
          check: () => checkTree(join(served, inbox, nameOf(source)), wanted),
        };
      }),
    });
  },
};
