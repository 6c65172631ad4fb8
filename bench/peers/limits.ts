/** What no file server can pass on this machine: `cp`, which has no network, and a bare TCP connection, which has no files. */
import { join } from "@std/path";
import { type Call, type Contender, type Service } from "../contender.ts";
import { Daemon, freePort } from "../daemon.ts";
import { findProgram, type Job, versionOf } from "../job.ts";

function cpJobs(served: string): Contender["jobs"] {
  const cp = (...args: string[]): Job => ({ argv: ["cp", "-r", ...args] });
  const get = ({ remote, local }: Call) => cp(join(served, remote), `${local}/`);
  const put = ({ local, remote }: Call) => cp(local, `${join(served, remote)}/`);
  return {
    get,
    put,
    getTree: get,
    putTree: put,
    putTreeDurably: ({ local, remote }) => ({
      argv: ["sh", "-c", 'cp -r "$1" "$2" && sync --file-system "$2"', "sh", local, join(served, remote)],
    }),
  };
}

function tcpJobs(port: number, served: string): Contender["jobs"] {
  const iperf = (file: string, ...args: string[]): Job => {
    const bytes = String(Deno.statSync(file).size);
    return { argv: ["iperf3", "--client", "127.0.0.1", "--port", String(port), "--bytes", bytes, ...args] };
  };
  return {
    get: ({ remote }) => iperf(join(served, remote), "--reverse"),
    put: ({ local }) => iperf(local),
  };
}

/** Starts what measures the limits; `cp` is always there. */
export async function startLimits(_folder: string, served: string): Promise<Service> {
  const common = { isEncrypted: false, isVerified: false, served };
  const cp: Contender = { ...common, name: "limit: cp", jobs: cpJobs(served) };
  const iperf = findProgram("iperf3");
  if (!iperf) return { contenders: [cp], versions: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  const port = freePort();
  const daemon = await Daemon.start([iperf, "--server", "--bind", "127.0.0.1", "--port", String(port)], port);
  const tcp: Contender = { ...common, name: "limit: TCP (iperf3)", leavesNothing: true, jobs: tcpJobs(port, served) };
  return {
    contenders: [cp, tcp],
    versions: { iperf3: await versionOf(iperf, "--version"), cp: await versionOf("cp", "--version") },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
