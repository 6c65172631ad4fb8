/** Where a tree goes that is given a name. */
import { dirname, join } from "@std/path";
import { reasonOf } from "../../../protocol/reason.ts";
import { isConnectionLoss } from "../../link.ts";
import { isStop } from "../../stopped.ts";
import { UnfinishedTrees } from "../../tree/unfinished.ts";
import type { Shell } from "../shell.ts";

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
  const { remote, user, again } = shell.link.session;
  const file = join(dirname(again.dial.knownHosts.file), "unfinished");
  const trees = new UnfinishedTrees(file, Date.now);
  const tree = { ...named, server: remote.server, user };
  /** What cannot be remembered is no reason not to move it. */
  const noting = (note: () => boolean | void): boolean => {
    try {
      return note() ?? true;
    } catch (error) {
      shell.reporter.aside(`Unfinished folders are not remembered in "${file}": ${reasonOf(error)}`);
      return false;
    }
  };
  if (isFolder && !noting(() => trees.has(tree))) return void await work(true);
  noting(() => trees.begin(tree));
  let isOver = true;
  try {
    isOver = await work(false);
  } catch (error) {
    isOver = !isStop(error) && !isConnectionLoss(error);
    throw error;
  } finally {
    if (isOver) noting(() => trees.end(tree));
  }
}
