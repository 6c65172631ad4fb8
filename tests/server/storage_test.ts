import { Chunk } from "../../protocol/frame/chunk.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { StatusError } from "../../protocol/status.ts";
import { TOP, virtualPath } from "../../protocol/virtual_path.ts";
import { DigestCache } from "../../server/storage/digest_cache.ts";
import { Download } from "../../server/storage/download.ts";
import { StagedFile } from "../../server/storage/staged_file.ts";
import { bytesUnder } from "../../users/recount.ts";
import { TempDir } from "../harness.ts";
import { BareHome } from "./bare_home.ts";

/** How many files this process has open. Deno itself may not look there. */
function openFiles(): number {
  const { stdout } = new Deno.Command("ls", { args: [`/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n").length;
}

Deno.test({
  name: "Download.open() leaves no file open when the file goes while it is opened",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using temp = new TempDir();
    const before = openFiles();
    let missed = 0;
    for (let turn = 0; turn < 2_000; turn++) {
      const path = temp.file("file", "hello");
      const opening = Download.open(path, "/file", { digests: new DigestCache(), onWork: () => {} });
      // Sooner and later: the file is to go at every moment of it.
      for (let spin = 0; spin < (turn % 200) * 20; spin++);
      Deno.removeSync(path);
      try {
        using _file = await opening;
      } catch (error) {
        assert(error instanceof StatusError && [402, 406].includes(error.code), `${error}`);
        missed++;
      }
    }
    assert(missed > 0);
    // The runtime has some of its own; a leak would be hundreds.
    assert(openFiles() - before < 20, `${openFiles()} are open, ${before} were`);
  },
});

Deno.test("Home.remove() books what goes and not what was there when a file is replaced meanwhile", async () => {
  using bare = new BareHome();
  await bare.home.makeFolder(virtualPath("/folder", TOP), { parents: false });
  // Enough for several steps; the one that is replaced is in a late one.
  for (let at = 0; at < 1_500; at++) await Deno.writeFile(`${bare.folder}/folder/f${at}`, new Uint8Array(0));
  await bare.put("/folder/large", 9_000_000);
  await bare.put("/kept", 1_000_000);
  const removing = bare.home.remove(virtualPath("/folder", TOP), { recursive: true }).catch(() => {});
  await bare.put("/folder/large", 1).catch(() => {});
  await removing;
  assertEquals(bare.used, bytesUnder(bare.folder));
});

Deno.test("TreeStore ends with 413 when there is no end of names that are refused", async () => {
  using bare = new BareHome();
  await using tree = bare.home.storeTree(TOP, { bytes: 0, more: 0 });
  const flood = () => {
    for (let at = 0; at < 1_000_000; at++) tree.addFolder("..");
  };
  assertEquals(assertThrows(flood, StatusError).code, 413);
});

Deno.test("StagedFile.close() waits for a restart that has begun", async () => {
  using temp = new TempDir();
  const path = temp.join("part");
  const staged = StagedFile.create(path, () => {});
  await staged.write(new Chunk(new Uint8Array(100)));
  const disk = Promise.withResolvers<void>();
  const { truncate } = Deno.FsFile.prototype;
  using _stub = {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.truncate = truncate;
    },
  };
  Deno.FsFile.prototype.truncate = async function (length) {
    await disk.promise;
    await truncate.call(this, length);
  };
  const restarting = staged.restart();
  let isClosed = false;
  const closing = staged.close().then(() => isClosed = true);
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assertEquals(isClosed, false);
  disk.resolve();
  await Promise.all([restarting, closing]);
  assertEquals(Deno.statSync(path).size, 0);
});
