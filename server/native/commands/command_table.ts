/** The commands of a session. A command missing here is a type error. */
import type { CommandTable } from "../command.ts";
import { drop } from "./drop.ts";
import { fetch } from "./fetch.ts";
import { get } from "./get.ts";
import { hash } from "./hash.ts";
import { ls } from "./ls.ts";
import { mkdir } from "./mkdir.ts";
import { mv } from "./mv.ts";
import { parts } from "./parts.ts";
import { ping } from "./ping.ts";
import { put } from "./put.ts";
import { quota } from "./quota.ts";
import { rm } from "./rm.ts";
import { rmdir } from "./rmdir.ts";
import { stat } from "./stat.ts";
import { store } from "./store.ts";
import { status } from "./status.ts";
import { tree } from "./tree.ts";

/** Every command by name. */
export const COMMAND_TABLE: CommandTable = {
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
