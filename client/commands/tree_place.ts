/** Where a tree goes that is given a name. */
import { join } from "@std/path";
import { reasonOf } from "../../console/reason.ts";
import { isConnectionLoss } from "../connection/link.ts";
import { RecordFolder } from "../transfer/record_folder.ts";
import { isStop } from "../connection/stopped.ts";
import { UnfinishedTrees } from "../tree/unfinished.ts";
import type { Shell } from "./shell.ts";

/** What is moved: both paths absolute. */
export interface NamedTree {
  readonly command: "get" | "put";
  readonly from: string;
  readonly to: string;
}

/**
 * Moves a tree to a name. If that is a folder, the tree goes into it; but a folder that this very command has made, and
 * could not finish, is gone on with.
 *
 * @param options `isFolder`: whether the name is that of a folder
 * @param work moves it, into that folder or to that very name; resolves to whether nothing is missing
 */
export async function moveToName(
  shell: Shell,
  named: NamedTree,
  { isFolder }: { isFolder: boolean },
  work: (isInto: boolean) => Promise<boolean>,
): Promise<void> {
  const { remote, user } = shell.link.session;
  const trees = new UnfinishedTrees(new RecordFolder(shell.state && join(shell.state, "unfinished")));
  const tree = { ...named, server: remote.server, user };
  if (isFolder && !trees.has(tree)) return void await work(true);
  trees.begin(tree);
  // What cannot be remembered is no reason not to move it.
  if (trees.trouble !== undefined) shell.reporter.aside(`Unfinished folders are not remembered: ${trees.trouble}`);
  let isOver = true;
  try {
    isOver = await work(false);
  } catch (error) {
    isOver = !isStop(error) && !isConnectionLoss(error);
    throw error;
  } finally {
    if (isOver) forget(shell, () => trees.end(tree));
  }
}

/** That it is still remembered is no failure of what was moved. */
function forget(shell: Shell, work: () => void): void {
  try {
    work();
  } catch (error) {
    shell.reporter.aside(`An unfinished folder is still remembered: ${reasonOf(error)}`);
  }
}
