/** The commands of a session. A command missing here is a type error. */
import type { CommandName } from "../../protocol/message/commands.ts";
import type { Command } from "./command.ts";
import { drop } from "./commands/drop.ts";
import { fetch } from "./commands/fetch.ts";
import { get } from "./commands/get.ts";
import { hash } from "./commands/hash.ts";
import { ls } from "./commands/ls.ts";
import { mkdir } from "./commands/mkdir.ts";
import { mv } from "./commands/mv.ts";
import { parts } from "./commands/parts.ts";
import { ping } from "./commands/ping.ts";
import { put } from "./commands/put.ts";
import { quota } from "./commands/quota.ts";
import { rm } from "./commands/rm.ts";
import { rmdir } from "./commands/rmdir.ts";
import { stat } from "./commands/stat.ts";
import { store } from "./commands/store.ts";
import { status } from "./commands/status.ts";
import { tree } from "./commands/tree.ts";

/** Every command by name. */
export const COMMAND_TABLE: { readonly [K in CommandName]: Command<K> } = {
  drop,
  fetch,
  get,
  hash,
  ls,
  mkdir,
  mv,
  parts,
  ping,
  put,
  quota,
  rm,
  rmdir,
  stat,
  status,
  store,
  tree,
};
