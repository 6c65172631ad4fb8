/** `put`: the server reserves the size, gives the go-ahead, takes data frames and an end frame, and commits what both agree on. */
import type { FileEnd } from "../../../protocol/messages.ts";
import type { Request } from "../../../protocol/commands.ts";
import type { Home } from "../../storage/home.ts";
import type { Command } from "../command.ts";

/** See `PROTOCOL.md`, "put". */
export const put: Command<"put"> = {
  access: "write",
  async run(request, { home, exchange }) {
    const same = await sameSize(home, request);
    if (same) return { code: 203, ...same };
    const { path, size, mtime, create = false } = request;
    await using upload = home.upload({ path, size, mtime, create });
    await exchange.accept(202, { offset: 0 });
    for (;;) {
      const received = await exchange.receive();
      if (received.kind === "end") return { code: 201, ...await upload.commit(received.end) };
      await upload.write(received.chunk);
    }
  },
};

/** The file that is there, if it has the same size: the client then decides with its digest whether to send at all. */
async function sameSize(home: Home, { path, size, replace, create }: Request<"put">): Promise<FileEnd | undefined> {
  if (replace || create) return undefined;
  const there = home.find(path);
  return there?.entry === "file" && there.size === size ? await home.digest(path) : undefined;
}
