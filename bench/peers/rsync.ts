/** rsync's own daemon: no encryption, but a digest of every file. */
import { join } from "@std/path";
import { type Call, type Contender, type Service, Skipped } from "../contender.ts";
import { Daemon, freePort } from "../daemon.ts";
import { findProgram, type Job, versionOf } from "../job.ts";

function configuration(folder: string, served: string): string {
  // Run by root, it would otherwise change to a user who may not write here.
  const isRoot = Deno.uid() === 0;
  return `use chroot = no
pid file = ${folder}/rsyncd.pid
log file = ${folder}/rsyncd.log
max connections = 0
[bench]
path = ${served}
read only = no
${isRoot ? "uid = 0\ngid = 0\n" : ""}`;
}

function rsyncJobs(port: number): Contender["jobs"] {
  const rsync = (...args: string[]): Job => ({ argv: ["rsync", "-a", ...args] });
  const at = (remote: string) => `rsync://127.0.0.1:${port}/bench/${remote}`;
  const get = ({ remote, local }: Call) => rsync(at(remote), `${local}/`);
  const put = ({ local, remote }: Call) => rsync(local, `${at(remote)}/`);
  return {
    get,
    put,
    getTree: get,
    putTree: put,
    putTreeAgain: put,
    putTreeDurably: ({ local, remote }) => rsync("--fsync", local, `${at(remote)}/`),
    list: ({ remote }) => rsync("--list-only", `${at(remote)}/`),
    login: ({ remote }) => rsync("--list-only", at(remote)),
  };
}

/** Starts the daemon with a configuration in `folder`. @throws {Skipped} when it is not installed */
export async function startRsync(folder: string, served: string): Promise<Service> {
  const rsync = findProgram("rsync");
  if (!rsync) throw new Skipped("rsync", "it is not installed");
  const port = freePort();
  const file = join(folder, "rsyncd.conf");
  Deno.writeTextFileSync(file, configuration(folder, served));
  const where = ["--address=127.0.0.1", `--port=${port}`, `--config=${file}`];
  const daemon = await Daemon.start([rsync, "--daemon", "--no-detach", ...where], port);
  const common = { isEncrypted: false, isVerified: true, served };
  const jobs = rsyncJobs(port);
  const byContent = (call: Call): Job => {
    const { argv } = jobs.putTreeAgain!(call);
    return { argv: [...argv, "--checksum"] };
  };
  return {
    contenders: [
      { ...common, name: "rsync daemon", jobs },
      { ...common, name: "rsync daemon, --checksum", jobs: { putTreeAgain: byContent } },
    ],
    versions: { rsync: await versionOf(rsync, "--version") },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
