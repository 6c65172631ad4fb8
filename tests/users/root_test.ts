import { assertEquals, assertThrows } from "@std/assert";
import { Options } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { makePrivateFolder } from "../../files/folder.ts";
import { rootAt, rootOf } from "../../users/root.ts";
import { FakeTerminal } from "../fake_terminal.ts";
import { TempDir } from "../harness.ts";

function directoryOf(env: Record<string, string>, os = "linux", root?: string): string {
  const options = new Options(new Map(root === undefined ? [] : [["root", root]]));
  return rootOf({ options, terminal: new FakeTerminal({ env, os }) }).directory;
}

Deno.test("rootOf() takes --root, else $FTP_ROOT, else the platform's data directory", () => {
  const env = { FTP_ROOT: "/srv/ftp", XDG_DATA_HOME: "/data", HOME: "/home/a", LOCALAPPDATA: "/local" };
  const { FTP_ROOT: _, ...platform } = env;
  const { XDG_DATA_HOME: __, ...home } = platform;
  assertEquals(directoryOf(env, "linux", "/given"), "/given");
  assertEquals(directoryOf(env), "/srv/ftp");
  assertEquals(directoryOf(platform), "/data/ftp");
  assertEquals(directoryOf({ ...home, XDG_DATA_HOME: "" }), "/home/a/.local/share/ftp");
  assertEquals(directoryOf(platform, "darwin"), "/home/a/Library/Application Support/ftp");
  assertEquals(directoryOf(platform, "windows"), "/local/ftp");
});

Deno.test("rootOf() takes the platform's directory when $FTP_ROOT is set and empty", () => {
  // As it is for every other variable: `FTP_ROOT= ftp users` must not mean the working directory.
  assertEquals(directoryOf({ FTP_ROOT: "", HOME: "/home/a" }), "/home/a/.local/share/ftp");
});

Deno.test("rootOf() says what is missing when the platform tells nothing", () => {
  assertThrows(() => directoryOf({}), UsageError, "$HOME is not set; give --root DIR");
  assertThrows(() => directoryOf({}, "windows"), UsageError, "$LOCALAPPDATA is not set");
});

Deno.test("rootAt() gives absolute places below one directory", () => {
  const root = rootAt("relative/../place");
  for (const place of Object.values(root)) assertEquals(place.startsWith(`${Deno.cwd()}/place`), true, place);
});

Deno.test({
  name: "makePrivateFolder() makes folders that only their owner may enter, and keeps those there are",
  ignore: Deno.build.os === "windows",
  fn() {
    using temp = new TempDir();
    makePrivateFolder(temp.join("a", "b"));
    for (const path of [temp.join("a"), temp.join("a", "b")]) assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
    makePrivateFolder(temp.join("a", "b"));
  },
});
