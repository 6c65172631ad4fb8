/** A download of lies, and what must not come of it. */
import { assertEquals } from "@std/assert";
import { type Ran } from "../run_ftp.ts";
import { TempDir } from "../harness.ts";
import { HostileServer, type Lies } from "./hostile_server.ts";
import { makeTree, namesOf } from "./kit.ts";

/** Downloads a tree of lies into `t/` of a new folder that has other things, which must stay as they are. */
export async function getFrom(
  lies: Lies,
  { prepare, args = [] }: { prepare?(temp: TempDir): void; args?: string[] } = {},
) {
  const server = await HostileServer.start(lies);
  const temp = new TempDir();
  makeTree(temp.path, { "outside/secret": "kept", "t": null, "bystander": "kept" });
  prepare?.(temp);
  const ran: Ran = await server.run(["get", "-r", ...args, "REMOTE:t", temp.path]);
  const names = namesOf(temp.path);
  const check = () => {
    assertEquals(Deno.readTextFileSync(temp.join("outside/secret")), "kept");
    assertEquals(namesOf(temp.path).filter((name) => !name.startsWith("t/")), [
      "bystander",
      "outside/",
      "outside/secret",
    ]);
  };
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    temp[Symbol.dispose]();
  };
  return { ran, names, check, temp, asked: server.asked, [Symbol.asyncDispose]: dispose };
}
