/** `store`: the server reserves the sum, takes small files and folders as records, and answers with those that failed. */
import { createHash } from "node:crypto";
import { STORE_RECORD } from "../../../protocol/message/commands.ts";
import { readFields } from "../../../protocol/message/fields.ts";
import { type FileRecord, unpackRecords } from "../../../protocol/message/record.ts";
import { StatusError } from "../../../protocol/status.ts";
import type { TreeStore } from "../../storage/tree_store.ts";
import type { Answer, Command } from "../command.ts";
import type { Exchange } from "../exchange.ts";
import { sendLines } from "../send_lines.ts";

/** See `PROTOCOL.md`, "store". */
export const store: Command<"store"> = {
  async run({ path, bytes, more }, { home, exchange }) {
    await using tree = home.storeTree(path, { bytes, more });
    try {
      return await receive(tree, { bytes, exchange });
    } catch (error) {
      throw tree.withStored(error);
    }
  },
};

async function receive(
  tree: TreeStore,
  { bytes, exchange }: { bytes: number; exchange: Exchange<"store"> },
): Promise<Answer<"store">> {
  await exchange.accept(202, {});
  const digests = createHash("sha256");
  let size = 0;
  for (;;) {
    const received = await exchange.receive();
    if (received.kind === "resume") throw new StatusError(401, "A tree is not resumed but sent again");
    if (received.kind === "end") {
      const isWhole = received.end.size === size && received.end.sha256 === digests.digest("hex");
      if (!isWhole) throw new StatusError(409, "Other files arrived than were sent");
      await tree.flush();
      await sendLines(exchange, tree.failures, { isLast: true });
      return { code: 201, files: tree.files, bytes: tree.bytes, doubt: tree.doubt };
    }
    for (const record of unpackRecords(received.chunk)) {
      size += record.content.length;
      if (size > bytes) throw new StatusError(409, `More than the announced ${bytes} bytes arrived`);
      const sha256 = take(tree, record);
      if (sha256 !== undefined) digests.update(sha256);
      if (tree.isFull) await tree.flush();
    }
    exchange.release(received.chunk);
    if (tree.isDue) await tree.flush();
  }
}

/** Takes one record; returns the digest of a file. */
function take(tree: TreeStore, { header, content }: FileRecord): string | undefined {
  const { name, entry, mtime, exec = false, sha256 } = readFields(header, STORE_RECORD);
  if (entry === "folder") {
    tree.addFolder(name);
    return undefined;
  }
  if (sha256 === undefined) throw new StatusError(401, 'Field "sha256" of a file is missing');
  tree.addFile({ name, content, sha256, mtime, exec });
  return sha256;
}
