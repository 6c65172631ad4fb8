/** `get`: after the go-ahead the server sends the file in data frames and an end frame, and waits for the client's own. */
import { DATA_FRAME_BYTES } from "../../../protocol/limits.ts";
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "get". */
export const get: Command<"get"> = {
  access: "read",
  async run({ path, offset = 0, sha256 }, { home, exchange }) {
    using file = await home.download(path);
    const { size, mtime, mode } = file;
    const isResumed = offset > 0 && sha256 !== undefined && await file.skip({ size: offset, sha256 });
    await exchange.accept(isResumed ? 205 : 201, { size, mtime, mode, offset: isResumed ? offset : 0 });
    // One byte more than the file has, so that one read more sees its end or that it grew.
    const room = Math.min(DATA_FRAME_BYTES, size + 1);
    // One is read into while the other is on its way.
    let [next, other] = [new Uint8Array(room), new Uint8Array(room)];
    for (let chunk = await file.read(next); chunk; chunk = await file.read(next)) {
      await exchange.sendData(chunk);
      [next, other] = [other, next];
    }
    const end = file.finish();
    await exchange.settleEnd(end);
    return { code: 201, ...end };
  },
};
