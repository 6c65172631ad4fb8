import { assert, assertEquals } from "@std/assert";
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

const SIZE = 4 * 1024 ** 3 + 1;
const MEMORY_LIMIT_KIB = 200 * 1024;

/** The most memory that a process has had, in KiB; only Linux tells. */
function peakKiB(pid: number): number {
  // Deno itself opens nothing below /proc for a program of limited permissions.
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).outputSync();
  const status = new TextDecoder().decode(stdout);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
}

Deno.test({
  name: "put and get move a file of over 4 GiB and the server stays small",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await TestServer.start(["--disk-reserve", "0"], undefined, { process: true });
    using temp = new TempDir();
    await server.addUsers("none", "alice");
    const source = temp.file("big", "");
    Deno.truncateSync(source, SIZE);

    const put = await server.ftp(["put", source, `alice@${server.address}:`, "--json"]);
    assertEquals(put.code, 0, put.stderr);
    const { size, sha256, code } = JSON.parse(put.stdout);
    assertEquals([size, code], [SIZE, 201]);

    const get = await server.ftp(["get", `alice@${server.address}:big`, temp.join("back"), "--json"]);
    assertEquals(get.code, 0, get.stderr);
    const back = JSON.parse(get.stdout);
    assertEquals([back.size, back.sha256], [SIZE, sha256]);
    assertEquals(Deno.statSync(temp.join("back")).size, SIZE);
    assertEquals(server.used("alice"), SIZE);
    const peak = peakKiB(server.child.pid);
    assert(peak < MEMORY_LIMIT_KIB, `The server took ${peak} KiB`);
  },
});
