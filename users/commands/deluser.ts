/** `ftp deluser`: removes an account, and with `--purge` its home. */
import { join } from "@std/path";
import { ROOT_OPTION, type Subcommand } from "../../console/command_line.ts";
import { quote } from "../../protocol/text.ts";
import { removeAccount } from "../remove_account.ts";
import { report, withAccounts } from "./account_context.ts";

/** `ftp deluser`. */
export const deluser: Subcommand = {
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
