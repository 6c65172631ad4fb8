import { assertEquals } from "@std/assert";
import { stateFolder } from "../../../client/transfer/state_folder.ts";

function at(env: Record<string, string>, os = "linux"): string | undefined {
  return stateFolder({ env: (name) => env[name], os });
}

Deno.test("stateFolder() is where the platform keeps state, and nowhere when the environment does not say", () => {
  assertEquals(at({ HOME: "/home/a" }), "/home/a/.local/state/ftp");
  assertEquals(at({ HOME: "/home/a", XDG_STATE_HOME: "/state" }), "/state/ftp");
  assertEquals(at({ HOME: "/home/a", XDG_STATE_HOME: "" }), "/home/a/.local/state/ftp");
  assertEquals(at({ HOME: "/home/a", XDG_STATE_HOME: "relative" }), "/home/a/.local/state/ftp");
  assertEquals(at({ HOME: "/Users/a" }, "darwin"), "/Users/a/Library/Application Support/ftp");
  assertEquals(at({ LOCALAPPDATA: "/local" }, "windows"), "/local/ftp");
  for (const os of ["linux", "darwin", "windows"]) assertEquals(at({ HOME: "", LOCALAPPDATA: "x" }, os), undefined);
});
