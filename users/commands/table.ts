/** The account subcommands. They work on the database alone: a running server sees each change at once. */
import type { Subcommand } from "../../console/command_line.ts";
import { adduser } from "./adduser.ts";
import { deluser } from "./deluser.ts";
import { passwd } from "./passwd.ts";
import { quota } from "./quota.ts";
import { users } from "./users.ts";

/** The account subcommands, as `main.ts` lists them. */
export const ACCOUNT_SUBCOMMANDS: readonly Subcommand[] = [adduser, passwd, deluser, users, quota];
