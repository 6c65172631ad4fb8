import { assertEquals, assertStringIncludes } from "@std/assert";
import type { CommandName } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { Log } from "../../server/log/log.ts";
import type { CommandContext } from "../../server/native/command.ts";
import { dispatch } from "../../server/native/dispatch.ts";
import { BareHome } from "./bare_home.ts";

/** An exchange in which the client sends a little of a file and then stops. */
function stoppedUpload() {
  const frames = [{ kind: "data", chunk: new Uint8Array(3) }];
  return {
    accept: () => Promise.resolve(),
    release: () => {},
    receive() {
      const frame = frames.shift();
      if (frame) return Promise.resolve(frame);
      return Promise.reject(new StatusError(206, "Stopped as asked"));
    },
  };
}

Deno.test("dispatch() tells what went wrong first when the disk then fails at keeping the part", async () => {
  using bare = new BareHome();
  const lines: string[] = [];
  const log = new Log({ format: "text", level: "info", write: (line) => lines.push(line) });
  const facts = { user: "alice", session: "s", address: "a", since: 0, sessions: () => 1, allSessions: () => 1 };
  const context = { home: bare.home, exchange: stoppedUpload(), body: new Uint8Array(0), facts };
  const { sync } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.sync = sync;
    },
  };
  Deno.FsFile.prototype.sync = () => Promise.reject(Object.assign(new Error("disk full"), { code: "ENOSPC" }));
  const request = { id: 1, command: "put", fields: { path: "/file", size: 9 }, body: new Uint8Array(0) };
  const reply = await dispatch(request, {
    context: context as unknown as CommandContext<CommandName>,
    gate: { hasAccount: true, isDraining: false },
    log,
  });
  assertEquals(reply.code, 206);
  assertStringIncludes(lines.join("\n"), "disk is full");
});
