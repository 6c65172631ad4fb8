/** `ftp users`: the list of accounts. */
import { ROOT_OPTION, type Subcommand } from "../../console/command_line.ts";
import { formatQuota, formatSize } from "../../console/size.ts";
import { recordOf, withAccounts } from "./account_context.ts";

/** `ftp users`. */
export const users: Subcommand = {
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
