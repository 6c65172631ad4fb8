/** Where the account commands get a new password from: never the command line. */
import type { Invocation, OptionRow } from "../../console/command_line.ts";
import { PASSWORD_LIMIT_BYTES } from "../../protocol/limits.ts";
import { UsageError } from "../../console/exit_status.ts";
import { passwordLine } from "../../console/terminal.ts";
import { byteLength } from "../../protocol/virtual_path.ts";

/** A password with fewer characters is warned about. */
const PASSWORD_SHORT_CHARACTERS = 12;

/** The option of every command that needs a password. */
export const PASSWORD_STDIN_OPTION: OptionRow = {
  name: "password-stdin",
  help: "read the new password from the first line of stdin (else it is asked for)",
};

/**
 * Gets the new password of an account. `$FTP_PASSWORD` is one to log in with, and is not looked at.
 *
 * @throws {UsageError} when there is none, the two entries differ, it is over 1,024 bytes or not UTF-8
 */
export async function newPassword({ options, terminal }: Invocation, name: string): Promise<string> {
  const password = options.has("password-stdin") ? await passwordLine(terminal) : await askTwice(terminal, name);
  if (password === "") throw new UsageError("The password is empty");
  if (byteLength(password) > PASSWORD_LIMIT_BYTES) {
    throw new UsageError(`The password is longer than ${PASSWORD_LIMIT_BYTES} bytes`);
  }
  if (password.length < PASSWORD_SHORT_CHARACTERS && !options.has("quiet")) {
    terminal.warn(`ftp: the password is short: ${PASSWORD_SHORT_CHARACTERS} characters or more are hard to guess`);
  }
  return password;
}

async function askTwice(terminal: Invocation["terminal"], name: string): Promise<string> {
  const first = await terminal.askSecret(`New password for ${name}:`);
  if (first === null) {
    throw new UsageError(
      "No terminal to ask for the new password; give --password-stdin ($FTP_PASSWORD is for logging in)",
    );
  }
  if (await terminal.askSecret("Again:") !== first) throw new UsageError("The two passwords differ");
  return first;
}
