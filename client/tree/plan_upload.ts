/** Which folders and files of a local tree have to be sent. */
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { isUnchanged, parentOf, type TreeItem } from "./entry.ts";
import { inTheWay, type TreeJob } from "./job.ts";
import type { RemoteTree } from "./remote_tree.ts";

/** What has to be sent. */
export interface UploadWork {
  readonly folders: readonly TreeItem[];
  readonly files: readonly TreeItem[];
}

/**
 * Compares both sides; what cannot be sent is noted in the job.
 *
 * @param sides `there`: what the server has; `gone`: what of it is removed, or with `dryRun` would be
 */
export function planUpload(
  local: readonly TreeItem[],
  job: TreeJob,
  { there: { items, unread }, gone }: { there: RemoteTree; gone: ReadonlySet<string> },
): UploadWork {
  const { force } = job.options;
  const folders: TreeItem[] = [];
  const files: TreeItem[] = [];
  // What is of another kind there lets nothing through: it may be a link.
  const blocked = new Set<string>();
  for (const item of local) {
    const { name, entry } = item;
    const parent = parentOf(name);
    const other = gone.has(name) ? undefined : items.get(name);
    const isOfAnotherKind = other !== undefined && other.entry !== entry;
    if (isOfAnotherKind || blocked.has(parent)) blocked.add(name);
    if (entry === "link" || entry === "other") job.skip(name);
    else if (blocked.has(parent)) job.fail(name, inTheWay(parent, "on the server"));
    else if (isOfAnotherKind) job.fail(name, inTheWay(name, "on the server"));
    else if (entry === "folder") other || folders.push(item);
    else if (other && isUnchanged(item, other) && !unread.has(name)) job.totals.unchanged++;
    else if (other && !force) job.fail(name, alreadyThere(name));
    else if (!force && unread.has(parent)) job.fail(name, unknown(name));
    else files.push(item);
  }
  return { folders, files };
}

/** The sentence for a different file on the server that is not to be replaced. */
function alreadyThere(name: string): StatusError {
  return new StatusError(403, `${quote(name)} exists already on the server`);
}

/** The sentence for a file that must not be replaced, when it is not known whether it is there. */
function unknown(name: string): StatusError {
  return new StatusError(
    406,
    `Whether ${quote(name)} exists already is not known: its folder on the server cannot be read`,
  );
}
