/** `fetch`: the server sends the small files that the body names, one a line, as records, and settles their digests. */
import { createHash } from "node:crypto";
import { RECORD_LIMIT_BYTES, RecordPacker } from "../../../protocol/message/record.ts";
import { StatusError } from "../../../protocol/status.ts";
import type { SmallFileReader } from "../../storage/small_files.ts";
import type { Command } from "../command.ts";

// A name may begin with U+FEFF, also the first.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);

/** See `PROTOCOL.md`, "fetch". */
export const fetch: Command<"fetch"> = {
  async run({ path }, { home, exchange, body, report }) {
    const names = namesIn(body);
    const digests = createHash("sha256");
    const total = { files: 0, bytes: 0 };
    const packer = new RecordPacker();
    const reader = home.smallFiles(path, { limitBytes: RECORD_LIMIT_BYTES });
    for (const name of names) {
      const { header, content } = recordOf(name, reader, report);
      if (!packer.add(header, content)) {
        await exchange.sendData(packer.take());
        packer.add(header, content);
        reader.lookAgain();
      }
      if (!("sha256" in header)) continue;
      digests.update(header.sha256);
      total.files++;
      total.bytes += content.length;
    }
    // The end follows at once.
    if (packer.length > 0) await exchange.sendData(packer.take(), { isLast: true });
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

/** A file, or why it does not come: a disk that fails at one may give the others. */
function recordOf(name: string, reader: SmallFileReader, report: (error: unknown) => StatusError) {
  try {
    const { content, sha256, mtime, exec } = reader.read(name);
    return { header: { name, mtime, exec, sha256 }, content };
  } catch (error) {
    const { code, message } = report(error);
    if (code === 503) throw error;
    return { header: { name, code, message }, content: NOTHING };
  }
}
