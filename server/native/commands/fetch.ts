/** `fetch`: the server sends the small files that the body names, one a line, as records, and settles their digests. */
import { createHash } from "node:crypto";
import { RecordPacker } from "../../../protocol/record.ts";
import { StatusError } from "../../../protocol/status.ts";
import type { VirtualPath } from "../../../protocol/virtual_path.ts";
import type { Home } from "../../storage/home.ts";
import type { SmallFile } from "../../storage/small_files.ts";
import type { Command } from "../command.ts";
import type { Exchange } from "../exchange.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const NOTHING = new Uint8Array(0);

/** See `PROTOCOL.md`, "fetch". */
export const fetch: Command<"fetch"> = {
  access: "read",
  takesBody: true,
  async run({ path }, { home, exchange, body }) {
    const names = namesIn(body);
    const digests = createHash("sha256");
    const total = { files: 0, bytes: 0 };
    for (let at = 0; at < names.length;) at = await sendFrame(names, at, { home, path, exchange, digests, total });
    await exchange.settleEnd({ size: total.bytes, sha256: digests.digest("hex") });
    return { code: 201, ...total };
  },
};

function namesIn(body: Uint8Array): string[] {
  try {
    return decoder.decode(body).split("\n").filter((name) => name !== "");
  } catch (cause) {
    throw new StatusError(401, "The list of names is not UTF-8", { cause });
  }
}

interface Work {
  readonly home: Home;
  readonly path: VirtualPath;
  readonly exchange: Exchange<"fetch">;
  readonly digests: ReturnType<typeof createHash>;
  readonly total: { files: number; bytes: number };
}

/** Sends as many files as fill a frame, or two when the last is long; returns where the next one starts. */
async function sendFrame(names: readonly string[], start: number, work: Work): Promise<number> {
  const { home, path, exchange, digests, total } = work;
  const packer = new RecordPacker();
  const read = home.smallFiles(path);
  let at = start;
  for (; at < names.length && !packer.isFull; at++) {
    const { header, content } = recordOf(names[at]!, read);
    if (!packer.hasRoomFor(content.length)) await exchange.sendData(packer.take());
    packer.add(header, content);
    if (!("sha256" in header)) continue;
    digests.update(header.sha256);
    total.files++;
    total.bytes += content.length;
  }
  await exchange.sendData(packer.take());
  return at;
}

/** A file, or why it does not come. */
function recordOf(name: string, read: (name: string) => SmallFile) {
  try {
    const { content, sha256, mtime, exec } = read(name);
    return { header: { name, mtime, exec, sha256 }, content };
  } catch (error) {
    if (!(error instanceof StatusError) || error.code >= 500) throw error;
    return { header: { name, code: error.code, message: error.message }, content: NOTHING };
  }
}
