import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Access } from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { Log } from "../../server/log/log.ts";
import { COMMAND_TABLE } from "../../server/native/commands/command_table.ts";
import { Dispatcher } from "../../server/native/dispatch.ts";
import type { Exchange } from "../../server/native/exchange.ts";
import { permit } from "../../server/sessions/permit.ts";
import { BareHome } from "./bare_home.ts";

const FACTS = { user: "alice", session: "s", address: "a", since: 0, sessions: () => 1, allSessions: () => 1 };

/** A dispatcher for a user of a home, and the lines that it logs. */
function serving(bare: BareHome, gate = { hasAccount: true, isDraining: false }) {
  const lines: string[] = [];
  const log = new Log({ format: "text", level: "info", write: (line) => lines.push(line) });
  const session = { permit: (access: Access) => permit(access, gate) };
  return { lines, dispatcher: new Dispatcher(COMMAND_TABLE, { session, facts: FACTS, home: bare.home, log }) };
}

/** An exchange in which the client sends a little of a file and then stops. */
function stoppedUpload(): Exchange {
  const frames = [{ kind: "data", chunk: new Uint8Array(3) }];
  const exchange = {
    accept: () => Promise.resolve(),
    release: () => {},
    receive() {
      const frame = frames.shift();
      if (frame) return Promise.resolve(frame);
      return Promise.reject(new StatusError(206, "Stopped as asked"));
    },
  };
  return exchange as unknown as Exchange;
}

Deno.test("answer() says what went wrong first when the disk then fails at keeping the part", async () => {
  using bare = new BareHome();
  const { dispatcher, lines } = serving(bare);
  const { sync } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.sync = sync;
    },
  };
  Deno.FsFile.prototype.sync = () => Promise.reject(Object.assign(new Error("disk full"), { code: "ENOSPC" }));
  const request = { id: 1, command: "put", fields: { path: "/file", size: 9 }, body: new Uint8Array(0) };
  const reply = await dispatcher.answer(request, stoppedUpload());
  assertEquals(reply.code, 206);
  assertStringIncludes(lines.join("\n"), "disk is full");
});

Deno.test("answer() logs the paths of a request and no other word of a client", async () => {
  using bare = new BareHome();
  const { dispatcher, lines } = serving(bare);
  const fields = { from: "/a", to: "/b", path: "not a field of mv", part: "neither" };
  await dispatcher.answer({ id: 1, command: "mv", fields, body: new Uint8Array(0) }, stoppedUpload());
  await dispatcher.answer({ id: 2, command: "drop", fields, body: new Uint8Array(0) }, stoppedUpload());
  assertEquals(lines.map((line) => line.replace(/^.*? command=/, "").replace(/ code=.*/, "")), [
    "mv from=/a to=/b",
    "drop",
  ]);
});

Deno.test("answer() refuses by the row of the command: its access, and a body that it does not take", async () => {
  using bare = new BareHome();
  const answer = async (command: string, { body = new Uint8Array(0), ...gate }) => {
    const { dispatcher } = serving(bare, { hasAccount: true, isDraining: false, ...gate });
    const { code, message } = await dispatcher.answer(
      { id: 1, command, fields: { path: "/" }, body },
      stoppedUpload(),
    );
    return [code, message];
  };
  assertEquals(await answer("stat", { hasAccount: false }), [400, "The account was removed or its password changed"]);
  assertEquals(await answer("stat", { isDraining: true }), [503, "The server is shutting down"]);
  assertEquals(await answer("stat", { body: new Uint8Array(1) }), [401, 'Command "stat" takes no body']);
  assertEquals(await answer("toString", {}), [401, 'Unknown command "toString"']);
  assertEquals(await answer("stat", {}), [201, undefined]);
});
