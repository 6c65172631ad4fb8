/** `put`: the server reserves the size, gives the go-ahead, takes data frames and an end frame, and commits what both agree on. */
import type { Request } from "../../../protocol/message/commands.ts";
import { Chunk } from "../../../protocol/frame/chunk.ts";
import type { FileEnd } from "../../../protocol/message/messages.ts";
import { StatusError } from "../../../protocol/status.ts";
import type { Home } from "../../storage/home.ts";
import type { Upload } from "../../storage/upload.ts";
import type { Answer, Command } from "../command.ts";
import type { Exchange } from "../exchange.ts";

/** See `PROTOCOL.md`, "put". */
export const put: Command<"put"> = {
  async run(request, { home, exchange }) {
    const same = await sameSize(home, request);
    if (same) return { code: 203, ...same };
    const { path, size, mtime, create = false, source = "", exec = false } = request;
    await using upload = await home.upload({ path, size, mtime, create, source, exec });
    try {
      return await receive(upload, exchange);
    } catch (error) {
      if (exchange.isDropped) upload.giveUp();
      throw error;
    }
  },
};

async function receive(upload: Upload, exchange: Exchange<"put">): Promise<Answer<"put">> {
  await goAhead(upload, exchange);
  for (;;) {
    const received = await exchange.receive();
    if (received.kind === "end") return { code: 201, ...await upload.commit(received.end) };
    if (received.kind === "resume") throw new StatusError(401, "There is nothing to resume now");
    const { chunk } = received;
    // Its memory goes round: the next frame is read into it.
    await upload.write(new Chunk(chunk as Uint8Array<ArrayBuffer>, { give: () => exchange.release(chunk) }));
  }
}

/** The file that is there, if it has the same size: the client then decides with its digest whether to send at all. */
async function sameSize(home: Home, { path, size, replace, create }: Request<"put">): Promise<FileEnd | undefined> {
  if (replace || create) return undefined;
  return home.replacedBy(path)?.size === size ? await home.digest(path) : undefined;
}

/** Tells what is there already; the client compares it with what it has and says from where it sends. */
async function goAhead(upload: Upload, exchange: Exchange<"put">): Promise<void> {
  const { size: offset, sha256 } = upload.prefix;
  if (offset === 0) return await exchange.accept(202, { offset });
  await exchange.accept(205, { offset, sha256 });
  exchange.allowWork(offset);
  const answer = await exchange.receive();
  if (answer.kind !== "resume" || (answer.offset !== 0 && answer.offset !== offset)) {
    throw new StatusError(401, `Expected a resume frame from 0 or from ${offset}`);
  }
  if (answer.offset === 0) await upload.restart();
}
