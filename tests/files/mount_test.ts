import { assert, assertEquals } from "@std/assert";
import { isMount } from "../../files/mount.ts";
import { TempDir } from "../harness.ts";
import { mounted } from "../mounts.ts";

Deno.test("isMount() is no for a folder, a file, and nothing, and leaves all of them as they were", () => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("folder"));
  temp.file("folder/file", "content");
  for (const name of ["folder", "folder/file", "nothing"]) assertEquals(isMount(temp.join(name)), false, name);
  assertEquals(Deno.readTextFileSync(temp.join("folder/file")), "content");
});

Deno.test("isMount() is yes for another volume and for a folder that is bound to a second place", () => {
  using temp = new TempDir();
  for (const name of ["volume", "source", "bound"]) Deno.mkdirSync(temp.join(name));
  using volume = mounted({ at: temp.join("volume") });
  using bound = mounted({ at: temp.join("bound"), source: temp.join("source") });
  if (!volume.isThere || !bound.isThere) return;
  assert(isMount(temp.join("volume")));
  assert(isMount(temp.join("bound")));
  assertEquals(isMount(temp.join("source")), false);
});
