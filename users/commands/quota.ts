/** `ftp quota`: shows, sets or recounts what a user may hold. */
import { join } from "@std/path";
import { ROOT_OPTION, type Subcommand } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { formatQuota, formatSize, parseQuota } from "../../console/size.ts";
import { recount } from "../recount.ts";
import { answer, recordOf, report, uncounted, withAccounts } from "./account_context.ts";

/** `ftp quota`. */
export const quota: Subcommand = {
  name: "quota",
  usage: "NAME [SIZE]",
  summary: "Shows a user's quota, or sets it (SIZE or none); a running server sees it at once.",
  arity: [1, 2],
  options: [ROOT_OPTION, {
    name: "recount",
    help: "bring `used` back to what the home holds, after changes from outside",
  }],
  run(invocation) {
    const [user, size] = invocation.args as [string, string | undefined];
    const limit = size === undefined ? undefined : parseQuota(size);
    if (limit !== undefined && invocation.options.has("recount")) {
      throw new UsageError("Give either a SIZE or --recount; usage: ftp quota NAME [SIZE]");
    }
    return withAccounts(invocation, ({ root, database, accounts }) => {
      const { id, name } = accounts.get(user);
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
