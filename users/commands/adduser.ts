/** `ftp adduser`: a new account with its home. */
import { join } from "@std/path";
import { ROOT_OPTION, type Subcommand } from "../../console/command_line.ts";
import { formatQuota, parseQuota } from "../../console/size.ts";
import { newVerifier } from "../credentials.ts";
import { DEFAULT_QUOTA, defaultQuota } from "../default_quota.ts";
import { checkHome } from "../home_folder.ts";
import { checkUserName } from "../user_name.ts";
import { recordOf, report, uncounted, withAccounts } from "./account_context.ts";
import { addAccount, adoption } from "./add_account.ts";
import { newPassword, PASSWORD_STDIN_OPTION } from "./new_password.ts";

/** `ftp adduser`. */
export const adduser: Subcommand = {
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
