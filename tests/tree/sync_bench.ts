/** What the tests of `sync` share: a source and a target, on this side and on the server. */
import { runFtp } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertRan, makeTree, type TreeSpec } from "./kit.ts";

/** A server with a target for one direction, and the arguments that make it like the source. */
export async function syncBench(
  direction: "up" | "down",
  { source, target }: { source: TreeSpec; target: TreeSpec },
) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await TestServer.start());
  const temp = stack.use(new TempDir());
  await server.addUsers("100M", "alice");
  const [local, remote] = [temp.join("tree"), server.home("alice")];
  const [from, to] = direction === "up" ? [local, remote] : [remote, local];
  makeTree(from, source);
  makeTree(to, target);
  // What is planted on the server has to be counted before a ledger can be looked at.
  assertRan(await runFtp(["quota", "alice", "--recount", "--root", server.root.directory]), 0);
  const remoteArg = `alice@${server.address}:/`;
  const args = direction === "up" ? [local, remoteArg] : [remoteArg, local];
  const sync = (...options: string[]) => server.ftp(["sync", ...args, "--json", ...options]);
  return { server, temp, from, to, sync, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
