/** `get`: after the go-ahead the server sends the file in data frames and an end frame, and waits for the client's own. */
import { DATA_FRAME_BYTES } from "../../../protocol/limits.ts";
import type { Command } from "../command.ts";

/** Among so many sessions each has to do with smaller pieces: hundreds of downloads must fit into memory together. */
const CROWD_SESSIONS = 32;
const CROWD_FRAME_BYTES = 65_536;

/** See `PROTOCOL.md`, "get". */
export const get: Command<"get"> = {
  async run({ path, offset = 0, sha256 }, { home, exchange, facts }) {
    using file = await home.download(path);
    const { size, mtime, mode } = file;
    const isResumed = offset > 0 && sha256 !== undefined && await file.skip({ size: offset, sha256 });
    let sent = isResumed ? offset : 0;
    await exchange.accept(isResumed ? 205 : 201, { size, mtime, mode, offset: sent }, { more: true });
    // One byte more than the file has, so that one read more sees its end or that it grew.
    const most = facts.allSessions() > CROWD_SESSIONS ? CROWD_FRAME_BYTES : DATA_FRAME_BYTES;
    const room = Math.min(most, size + 1);
    // One is read into while the other is on its way.
    let [next, other] = [new Uint8Array(room), new Uint8Array(room)];
    for (let chunk = await file.read(next); chunk; chunk = await file.read(next)) {
      sent += chunk.length;
      // The end follows at once.
      await exchange.sendData(chunk, { isLast: sent >= size });
      [next, other] = [other, next];
    }
    const end = file.finish();
    await exchange.settleEnd(end);
    return { code: 201, ...end };
  },
};
