/** The one-shots `ftp get`, `ftp put` and `ftp ls`: one shell command each, with scp-like arguments. */
import type { Invocation, OptionRow, Options, Subcommand } from "../console/command_line.ts";
import { UsageError } from "../console/exit_status.ts";
import { quote } from "../protocol/text.ts";
import { type Address, isAddress, parseAddress, parseRemoteSpec, type RemoteSpec } from "./connection/address.ts";
import { CONNECTION_OPTIONS } from "./options.ts";
import { checkNotEmpty } from "./commands/checks.ts";
import type { ShellCommand } from "./commands/command.ts";
import { ls as shellLs } from "./commands/look.ts";
import { get as shellGet, put as shellPut } from "./commands/transfers.ts";
import { sync as shellSync } from "./commands/trees.ts";
import { literal, type Word } from "./commands/words.ts";
import { withShell } from "./with_shell.ts";

/** Of what takes several names. */
const SEVERAL_NAMES: readonly OptionRow[] = [
  { name: "keep-going", help: "with several names: do not stop at the first failure" },
];

const REMOTE = "[USER@]HOST[:PORT]";

/** What the arguments come to: the server, the words of the shell command, and the arguments that name something there. */
interface Call {
  readonly address: Address;
  readonly words: readonly Word[];
  readonly remote: readonly string[];
}

/** A subcommand that runs one shell command. */
function oneShot(
  command: ShellCommand,
  { usage, summary, options: more = [], least, call }: {
    usage: string;
    summary: string;
    options?: readonly OptionRow[];
    least: number;
    call(args: readonly string[]): Call;
  },
): Subcommand {
  return {
    name: command.name,
    usage,
    summary,
    arity: [least, Infinity],
    options: [...command.options ?? [], ...more, ...CONNECTION_OPTIONS],
    run(invocation: Invocation) {
      const { address, words, remote } = call(invocation.args);
      const options: Options = invocation.options;
      if (command.takesAway?.(options)) { for (const text of remote) checkNotEmpty(specOf(text).path, text); }
      return withShell(invocation, address, async (shell) => await command.run({ words, options }, shell));
    },
  };
}

/** A remote path as a word: the empty one is the home, and patterns expand there. */
function remoteWord({ path }: RemoteSpec): Word {
  const text = path === "" ? "." : path;
  return { text, pattern: /[*?[]/.test(text) ? text : undefined };
}

/** @param home whether the path may be left out, which then is the home */
function specOf(text: string, { home = false } = {}): RemoteSpec {
  const spec = parseRemoteSpec(text);
  if (spec) return spec;
  if (!isAddress(text)) throw new UsageError(`${quote(text)} names no server; it should look like ${REMOTE}:PATH`);
  const what = home ? `write ${text}: for the home` : `write ${text}:PATH`;
  throw new UsageError(`${quote(text)} names no path; ${text.includes("@") ? what : `if it is a server, ${what}`}`);
}

function sameServer(specs: readonly RemoteSpec[]): Address {
  const [first, ...others] = specs.map(({ address }) => address);
  const isSame = (other: Address) => JSON.stringify(other) === JSON.stringify(first);
  if (!others.every(isSame)) throw new UsageError("All remote paths must be on one server");
  return first!;
}

/** The subcommand. */
export const get: Subcommand = oneShot(shellGet, {
  usage: `${REMOTE}:PATH… [LOCAL]`,
  summary: "Downloads files; -r: folders with all in them.",
  options: SEVERAL_NAMES,
  least: 1,
  call(args) {
    const last = args.at(-1)!;
    const hasLocal = args.length > 1 && !parseRemoteSpec(last);
    const specs = (hasLocal ? args.slice(0, -1) : args).map((text) => specOf(text));
    // The shell's `get` takes the last of several words as local.
    const local = hasLocal ? last : ".";
    const words = specs.map(remoteWord);
    return {
      address: sameServer(specs),
      words: hasLocal || words.length > 1 ? [...words, literal(local)] : words,
      remote: hasLocal ? args.slice(0, -1) : args,
    };
  },
});

/** The subcommand. */
export const put: Subcommand = oneShot(shellPut, {
  usage: `LOCAL… ${REMOTE}:[PATH]`,
  summary: "Uploads files; -r: folders with all in them.",
  options: SEVERAL_NAMES,
  least: 2,
  call(args) {
    const target = specOf(args.at(-1)!, { home: true });
    const words = args.slice(0, -1).map(literal);
    return { address: target.address, words: [...words, literal(target.path)], remote: args.slice(-1) };
  },
});

/** The subcommand. */
export const ls: Subcommand = oneShot(shellLs, {
  usage: `${REMOTE}[:PATH]`,
  summary: "Lists a folder.",
  least: 1,
  call(args) {
    if (args.length > 1) throw new UsageError(`Unexpected argument ${quote(args[1]!)}; usage: ftp ls ${REMOTE}[:PATH]`);
    // HOST:2121 alone is a server: a folder of that name is HOST:./2121.
    const isServer = /:\d{1,5}$/.test(args[0]!) && !/:.*:\d{1,5}$/.test(args[0]!.replace(/\[.*\]/, ""));
    const spec = (isServer ? undefined : parseRemoteSpec(args[0]!)) ?? { address: parseAddress(args[0]!), path: "" };
    return { address: spec.address, words: [remoteWord(spec)], remote: [] };
  },
});

/** The subcommand. */
export const sync: Subcommand = oneShot(shellSync, {
  usage: `LOCAL ${REMOTE}:PATH`,
  summary: "Makes the second folder like the first; either of the two may be the remote one.",
  least: 2,
  call(args) {
    const [from, to, extra] = args as [string, string, string | undefined];
    if (extra !== undefined) {
      throw new UsageError(`Unexpected argument ${quote(extra)}; usage: ftp sync LOCAL ${REMOTE}:PATH`);
    }
    const [source, target] = [parseRemoteSpec(from), parseRemoteSpec(to)];
    const spec = source ?? target;
    const server = spec ? undefined : [from, to].find((side) => side.includes("@") && isAddress(side));
    if (server !== undefined) specOf(server);
    if (!spec || (source && target)) {
      throw new UsageError("One of the two folders must be local, the other on a server");
    }
    const remote = literal(`:${spec.path}`);
    return source
      ? { address: spec.address, words: [remote, literal(to)], remote: [from] }
      : { address: spec.address, words: [literal(from), remote], remote: [to] };
  },
});
