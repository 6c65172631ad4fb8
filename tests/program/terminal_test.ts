import { assertEquals, assertStringIncludes } from "@std/assert";
import { ftpArguments, PASSWORD, stateEnvironment, TempDir, TestServer } from "../harness.ts";

/** `script` of util-linux lends a program a terminal. */
const hasTerminals = Deno.build.os === "linux" && isThere("/usr/bin/script");

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The program's call as a shell takes it. */
function callOf(server: TestServer, subcommand: string, address: string): string {
  const argv = [Deno.execPath(), ...ftpArguments([subcommand, address, ...server.clientArgs()])];
  return argv.map((word) => `'${word}'`).join(" ");
}

/** Runs the interactive shell on a terminal where all of `keys` has been typed before the first prompt. */
async function shellOnTerminal(server: TestServer, keys: string, cwd: string): Promise<string> {
  const call = callOf(server, "connect", `alice@${server.address}`);
  return await onTerminal(call, keys, { cwd, env: { FTP_PASSWORD: PASSWORD } });
}

/** Runs a command on a terminal; returns what is on the screen. */
async function onTerminal(
  command: string,
  keys: string,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const child = new Deno.Command("/usr/bin/script", {
    args: ["--quiet", "--command", command, "/dev/null"],
    cwd,
    env: { ...env, ...stateEnvironment(), NO_COLOR: "1", SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(keys));
  // At its end `script` types Ctrl-D: a shell that has lost `quit` ends all the same.
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
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
    const call = callOf(server, "ls", `alice@${server.address}:`);
    const shown = await onTerminal(`${call} > list`, keys, { cwd: temp.path, env: {} });
    assertEquals(Deno.readTextFileSync(temp.join("list")), "folder/\n", shown);
    assertStringIncludes(shown, `Password of alice@${server.address}:`);
  },
);
