import { assertEquals, assertStringIncludes } from "@std/assert";
import { PASSWORD, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { hasTerminals, onTerminal, shellCall } from "../terminals.ts";

/** Runs the interactive shell on a terminal where all of `keys` has been typed before the first prompt. */
async function shellOnTerminal(server: TestServer, keys: string, cwd: string): Promise<string> {
  const call = shellCall(["connect", `alice@${server.address}`, ...server.clientArgs()]);
  return await onTerminal(call, [["", keys]], { cwd, env: { FTP_PASSWORD: PASSWORD } });
}

Deno.test(
  "connect runs every line that was typed ahead when it has a terminal",
  { ignore: !hasTerminals },
  async () => {
    await using server = await TestServer.start();
    using temp = new TempDir();
    await server.addUsers("10M", "alice");
    temp.file("big", new Uint8Array(3_000_000));
    const lines = ["mkdir p1", "put big", "mkdir p2", "!echo here > made", "mkdir p3", "mkdir p4", "quit"];
    const shown = await shellOnTerminal(server, lines.map((line) => `${line}\n`).join(""), temp.path);
    const there = [...Deno.readDirSync(server.home("alice"))].map(({ name }) => name).sort();
    assertEquals(there, ["big", "p1", "p2", "p3", "p4"], shown);
    assertEquals(Deno.readTextFileSync(temp.join("made")), "here\n");
  },
);

Deno.test(
  "ls asks for the password on the screen and shows none of it when its output goes to a file",
  { ignore: !hasTerminals },
  async () => {
    await using server = await TestServer.start();
    using temp = new TempDir();
    await server.addUsers("10M", "alice");
    Deno.mkdirSync(`${server.home("alice")}/folder`);
    // Typed ahead, with a mistake and the line begun anew.
    const keys = `not it\x15${PASSWORD}x\x7f\r`;
    const call = shellCall(["ls", `alice@${server.address}:`, ...server.clientArgs()]);
    const shown = await onTerminal(`${call} > list`, [["", keys]], { cwd: temp.path });
    assertEquals(Deno.readTextFileSync(temp.join("list")), "folder/\n", shown);
    assertStringIncludes(shown, `Password of alice@${server.address}:`);
  },
);
