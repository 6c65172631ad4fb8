/** This program: a server in a process of its own, and the one-shots. */
import { fromFileUrl, join } from "@std/path";
import type { Call, Contender, Service } from "./contender.ts";
import { Daemon } from "./daemon.ts";
import { type Job, run } from "./job.ts";

const USER = "bench";
const PASSWORD = "correct horse battery";
const MAIN = fromFileUrl(new URL("../main.ts", import.meta.url));
const MANY = fromFileUrl(new URL("./many_sessions.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../deno.json", import.meta.url));
/** The options that `deno task ftp` gives to Deno. */
const RUN_OPTIONS =
  Deno.readTextFileSync(CONFIG).match(/"ftp": "deno run .*?"/)?.[0].match(/--(?:allow|no-prompt|v8-flags)[^\s"]*/g) ??
    [];
/** The bench comes from one address as one user, and starts hundreds of clients on one machine: what limits are for. */
const NO_LIMITS = [
  "--max-sessions-per-ip",
  "1000",
  "--max-sessions-per-user",
  "1000",
  "--max-startups",
  "1000:30:1000",
  "--login-timeout",
  "300",
  "--disk-reserve",
  "0",
];

function call(script: string, ...args: string[]): Job {
  return {
    argv: [Deno.execPath(), "run", "--quiet", "--config", CONFIG, ...RUN_OPTIONS, script, ...args],
    env: { FTP_PASSWORD: PASSWORD, NO_COLOR: "1", FTP_ROOT: "" },
  };
}

function ftp(...args: string[]): Job {
  return call(MAIN, ...args);
}

/** Starts a server with its root at `root` and one account without a quota. */
export async function startOurs(
  root: string,
  { tls }: { tls: boolean },
): Promise<Service & { readonly daemon: Daemon; readonly contender: Contender }> {
  await run({ ...ftp("adduser", USER, "--quota", "none", "--password-stdin", "--root", root), stdin: `${PASSWORD}\n` });
  const plain = tls ? [] : ["--no-tls"];
  const serve = ["serve", "--root", root, "--host", "127.0.0.1", "--port", "0", "--log-level", "warn", ...NO_LIMITS];
  const { argv, env = {} } = ftp(...serve, ...plain);
  const { daemon, line } = await Daemon.startUntilLine(argv, env);
  const port = Number(/^listening on 127\.0\.0\.1:(\d+) /.exec(line)?.[1]);
  const server = `${USER}@127.0.0.1:${port}`;
  const knownHosts = join(root, "known_hosts");
  const options = ["--known-hosts", knownHosts, "--no-progress", ...plain];
  const putTreeWith = (...more: string[]) => ({ local, remote }: Call) =>
    ftp("put", "--quiet", "-r", ...more, ...options, local, `${server}:${remote}/`);
  const putTree = putTreeWith();
  const contender: Contender = {
    name: tls ? "ftp" : "ftp --no-tls",
    isEncrypted: tls,
    isVerified: true,
    served: join(root, "home", USER),
    jobs: {
      get: ({ remote, local }) => ftp("get", "--quiet", ...options, `${server}:${remote}`, local),
      put: ({ local, remote }) => ftp("put", "--quiet", ...options, local, `${server}:${remote}/`),
      getTree: ({ remote, local }) => ftp("get", "--quiet", "-r", ...options, `${server}:${remote}`, local),
      putTree,
      putTreeAgain: putTree,
      // It never says that a file is stored before it is on the disk.
      putTreeDurably: putTree,
      getMany: ({ remote, local, count }) => call(MANY, local, String(count), ...options, `${server}:${remote}`),
      list: ({ remote }) => ftp("ls", ...options, `${server}:${remote}`),
      login: ({ remote }) => ftp("connect", ...options, server, "-c", `stat ${remote}`),
    },
  };
  const byContent = { putTreeAgain: putTreeWith("--checksum") };
  return {
    contenders: [contender, { ...contender, name: `${contender.name} --checksum`, jobs: byContent }],
    contender,
    daemon,
    versions: { ftp: (await run(ftp("--version"))).trim(), deno: Deno.version.deno },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
