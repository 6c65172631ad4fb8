/** The connections of a tree transfer: one at first, more as soon as it is known what has to move. */
import { StatusError } from "../../protocol/status.ts";
import type { TransferTools } from "../download.ts";
import type { TransferView } from "../progress/view.ts";
import type { Remote } from "../remote.ts";
import { openSession } from "../session.ts";
import type { Shell } from "../shell/shell.ts";

/** Unless told otherwise: one more connection for so many large files, up to so many in all. */
const LARGE_FILES_EACH = 4;
const MOST_UNASKED = 4;

/** Lends connections. */
export interface Crew {
  /** The one that is there anyway. */
  readonly first: TransferTools;
  /**
   * All of them, the first one first; to be called once.
   *
   * @param large files that travel one by one: the wait at the end of each is what others can use
   */
  all(large: number): Promise<readonly TransferTools[]>;
}

/**
 * Runs something that needs connections. Those beyond the first log in by themselves and are closed again.
 *
 * @param wanted how many, if the user has said so
 */
export async function withCrew(
  shell: Shell,
  { view, wanted }: { view: TransferView; wanted: number | undefined },
  work: (crew: Crew) => Promise<void>,
): Promise<void> {
  const { session, stopping } = shell.link;
  const first = shell.tools(session.remote, view);
  const more: Remote[] = [];
  const all = async (large: number) => {
    const count = wanted ?? Math.min(MOST_UNASKED, 1 + Math.floor(large / LARGE_FILES_EACH));
    const opened = await Promise.allSettled(
      Array.from({ length: count - 1 }, () => openSession(session.again, () => {})),
    );
    more.push(...opened.flatMap((result) => result.status === "fulfilled" ? [result.value.remote] : []));
    stopping.throwIfAborted();
    const refused = opened.find((result) => result.status === "rejected");
    // Fewer connections than wanted are slower, but no failure.
    if (refused && wanted !== undefined) {
      view.notice(`${more.length + 1} of ${count} connections: ${messageOf(refused.reason)}`);
    }
    return [first, ...more.map((remote) => ({ ...first, remote }))];
  };
  // The link stops its own connection; it knows nothing of these.
  const stopMore = () => more.forEach((remote) => void remote.stopAll().catch(() => {}));
  stopping.addEventListener("abort", stopMore);
  try {
    stopping.throwIfAborted();
    await work({ first, all });
  } finally {
    stopping.removeEventListener("abort", stopMore);
    await Promise.all(more.map((remote) => remote.close()));
  }
}

function messageOf(error: unknown): string {
  return error instanceof StatusError ? error.message : String(error);
}
