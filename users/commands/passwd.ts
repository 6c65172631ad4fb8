/** `ftp passwd`: a new password for an account. */
import { ROOT_OPTION, type Subcommand } from "../../console/command_line.ts";
import { newVerifier } from "../credentials.ts";
import { report, withAccounts } from "./account_context.ts";
import { newPassword, PASSWORD_STDIN_OPTION } from "./new_password.ts";

/** `ftp passwd`. */
export const passwd: Subcommand = {
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
