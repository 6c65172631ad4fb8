/** A client that only talks, pings without end and no answer read, and what that costs the server. */
import { encodeFrame } from "../../protocol/frame/frame.ts";
import { message } from "../../protocol/message/messages.ts";
import type { TestServer } from "../test_server.ts";
import type { RawClient } from "./raw_client.ts";

/** Many pings in one piece, each with an id of its own. */
export function pings(client: RawClient, count: number): Uint8Array {
  const chunks = Array.from(
    { length: count },
    () => encodeFrame(message({ type: "request", id: client.nextId(), command: "ping" }))[0]!,
  );
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

/** Sends pings and reads nothing until the connection fails or a million are taken; `sent` counts them. */
export function flood(client: RawClient): { sent: number; over: Promise<"all taken" | "closed"> } {
  const state = { sent: 0, over: Promise.resolve<"all taken" | "closed">("all taken") };
  const run = async () => {
    for (; state.sent < 1_000_000; state.sent += 1_000) await client.send(pings(client, 1_000));
    return "all taken" as const;
  };
  state.over = run().catch(() => "closed" as const);
  return state;
}

/** The memory of a server's process in bytes; asked of another program, for the tests may not look at other processes. */
export function memoryOf(server: TestServer): number {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${server.child.pid}/status`] }).outputSync();
  return Number(/VmRSS:\s+(\d+)/.exec(new TextDecoder().decode(stdout))![1]) * 1024;
}
