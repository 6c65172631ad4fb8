/** The account subcommands. They work on the database alone: a running server sees each change at once. */
import { join } from "@std/path";
import type { DatabaseSync } from "node:sqlite";
import { type Invocation, ROOT_OPTION, type Subcommand } from "../console/command_line.ts";
import { formatQuota, formatSize, parseQuota } from "../console/size.ts";
import { EXIT, UsageError } from "../console/exit_status.ts";
import { quote } from "../protocol/text.ts";
import { type Account, Accounts } from "./accounts.ts";
import { addAccount, adoption } from "./add_account.ts";
import { newVerifier } from "./credentials.ts";
import { openDatabase } from "./database.ts";
import { checkHome } from "./home_folder.ts";
import { newPassword, PASSWORD_STDIN_OPTION } from "./new_password.ts";
import { recount } from "./recount.ts";
import { removeAccount } from "./remove_account.ts";
import { type Root, rootOf } from "./root.ts";
import { checkUserName } from "./user_name.ts";

const DEFAULT_QUOTA = "500M";

interface Context {
  readonly root: Root;
  readonly database: DatabaseSync;
  readonly accounts: Accounts;
}

/** Opens the database for one command and closes it afterwards. A root that is misspelt must not be made. */
async function withAccounts(
  invocation: Invocation,
  work: (context: Context) => Promise<void> | void,
  { create = false } = {},
): Promise<number> {
  const root = rootOf(invocation);
  if (invocation.options.has("verbose")) {
    invocation.terminal.warn(`ftp: The root is ${quote(root.directory)}, its database ${quote(root.database)}`);
  }
  const database = openDatabase(root.database, { create });
  try {
    await work({ root, database, accounts: new Accounts(database) });
  } finally {
    database.close();
  }
  return EXIT.done;
}

/** What an account looks like to a program. */
function recordOf({ name, quota, used, reserved, created, lastLogin }: Account) {
  return { name, quota, used, reserved, created, lastLogin };
}

/** Prints what was asked for: a sentence for people or a record for programs. */
function answer({ options, terminal }: Invocation, sentence: string, record: Record<string, unknown>): void {
  terminal.write(options.has("json") ? `${JSON.stringify({ ok: true, ...record })}\n` : `${sentence}\n`);
}

/** Prints what was done; `--quiet` silences it for people. */
function report(invocation: Invocation, sentence: string, record: Record<string, unknown>): void {
  if (invocation.options.has("json") || !invocation.options.has("quiet")) answer(invocation, sentence, record);
}

/** Says what a recount could not read. */
function uncounted({ terminal }: Invocation): { onUnread(path: string): void } {
  return { onUnread: (path) => terminal.warn(`ftp: Not counted: ${quote(path)} cannot be read`) };
}

const adduser: Subcommand = {
  name: "adduser",
  usage: "NAME",
  summary: "Adds a user with a home of their own.",
  arity: [1, 1],
  options: [
    ROOT_OPTION,
    {
      name: "quota",
      value: "SIZE",
      help: `what the home may hold: 10M, 1.5G, none (default: the server's, else ${DEFAULT_QUOTA})`,
    },
    { name: "adopt-home", help: "take over a home that is there already, with all in it" },
    PASSWORD_STDIN_OPTION,
  ],
  async run(invocation) {
    const name = invocation.args[0]!;
    checkUserName(name.toLowerCase());
    const given = invocation.options.text("quota");
    const quota = given === undefined ? undefined : parseQuota(given);
    return await withAccounts(invocation, async ({ root, database, accounts }) => {
      accounts.checkFree(name);
      const home = join(root.homes, name);
      const adopt = invocation.options.has("adopt-home");
      checkHome(home, { adopt });
      const verifier = await newVerifier(await newPassword(invocation, name));
      const limit = quota === undefined ? defaultQuota(database) : quota;
      const added = addAccount(
        { database, accounts, home, adopt, ...uncounted(invocation) },
        () => accounts.add(name, verifier, limit),
      );
      const { account, isAdopted } = added;
      const took = adopt ? adoption(home, added) : "";
      report(invocation, `Added ${name}, quota ${formatQuota(account.quota)}${took}`, {
        ...recordOf(account),
        ...adopt && { adopted: isAdopted, adoptedBytes: account.used },
      });
    }, { create: true });
  },
};

/** The quota of who is given none: what `serve --default-quota` last said. */
function defaultQuota(database: DatabaseSync): number | null {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'default_quota'").get();
  return parseQuota(row ? String(row.value) : DEFAULT_QUOTA);
}

/** Notes what `adduser` gives without `--quota`. */
export function setDefaultQuota(database: DatabaseSync, size: string): void {
  parseQuota(size);
  database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('default_quota', ?)").run(size);
}

const passwd: Subcommand = {
  name: "passwd",
  usage: "NAME",
  summary: "Changes a user's password; sessions that are open with the old one end.",
  arity: [1, 1],
  options: [ROOT_OPTION, PASSWORD_STDIN_OPTION],
  run(invocation) {
    return withAccounts(invocation, async ({ accounts }) => {
      const { id, name } = accounts.get(invocation.args[0]!);
      accounts.setVerifier(id, await newVerifier(await newPassword(invocation, name)));
      report(invocation, `Changed the password of ${name}`, { name });
    });
  },
};

const deluser: Subcommand = {
  name: "deluser",
  usage: "NAME",
  summary: "Removes a user; their sessions end. The home stays unless --purge is given.",
  arity: [1, 1],
  options: [ROOT_OPTION, { name: "purge", help: "remove the home and everything in it, too" }],
  run(invocation) {
    return withAccounts(invocation, ({ root, database, accounts }) => {
      const account = accounts.get(invocation.args[0]!);
      const { name } = account;
      const purge = invocation.options.has("purge");
      const home = join(root.homes, name);
      const { staysEmpty } = removeAccount({ root, database, accounts }, account, { purge });
      const mount = staysEmpty ? `; ${quote(home)} is a mount and stays, empty` : "";
      const sentence = purge
        ? ` and their home${mount}`
        : `; their home stays in ${home}: adduser ${name} then needs --adopt-home, unless it is moved away`;
      report(invocation, `Removed ${name}${sentence}`, { name, purged: purge, ...staysEmpty && { mount: home } });
    });
  },
};

const users: Subcommand = {
  name: "users",
  usage: "",
  summary: "Lists the users: name, used, quota, last login.",
  arity: [0, 0],
  options: [ROOT_OPTION],
  run(invocation) {
    return withAccounts(invocation, ({ accounts }) => {
      const { options, terminal } = invocation;
      for (const account of accounts.list()) {
        const { name, used, quota, lastLogin } = account;
        const login = lastLogin === null ? "never" : new Date(lastLogin).toISOString();
        terminal.write(
          options.has("json")
            ? `${JSON.stringify(recordOf(account))}\n`
            : `${name.padEnd(32)} ${formatSize(used).padStart(10)} of ${formatQuota(quota).padStart(10)}  ${login}\n`,
        );
      }
    });
  },
};

const quota: Subcommand = {
  name: "quota",
  usage: "NAME [SIZE]",
  summary: "Shows a user's quota, or sets it (SIZE or none); a running server sees it at once.",
  arity: [1, 2],
  options: [ROOT_OPTION, {
    name: "recount",
    help: "bring `used` back to what the home holds, after changes from outside",
  }],
  run(invocation) {
    const [who, size] = invocation.args as [string, string | undefined];
    const limit = size === undefined ? undefined : parseQuota(size);
    if (limit !== undefined && invocation.options.has("recount")) {
      throw new UsageError("Give either a SIZE or --recount; usage: ftp quota NAME [SIZE]");
    }
    return withAccounts(invocation, ({ root, database, accounts }) => {
      const { id, name } = accounts.get(who);
      if (limit !== undefined) accounts.setQuota(id, limit);
      const counted = invocation.options.has("recount")
        ? recount(database, id, join(root.homes, name), uncounted(invocation))
        : undefined;
      const account = accounts.get(name);
      const drift = counted ? ` (was ${formatSize(counted.before)})` : "";
      const say = limit === undefined && !counted ? answer : report;
      say(
        invocation,
        `${name}: ${formatSize(account.used)} used${drift}, ${formatSize(account.reserved)} reserved, quota ${
          formatQuota(account.quota)
        }`,
        { ...recordOf(account), ...(counted && { before: counted.before }) },
      );
    });
  },
};

/** The account subcommands, as `main.ts` lists them. */
export const ACCOUNT_SUBCOMMANDS: readonly Subcommand[] = [adduser, passwd, deluser, users, quota];
