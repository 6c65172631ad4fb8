/** A server on a disk so small that it can be filled. */
import { TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { Client } from "./kit.ts";

/** A small file system of its own. Only the superuser of a Linux machine can have one. */
class SmallDisk implements Disposable {
  readonly #temp = new TempDir();
  readonly path = this.#temp.join("disk");

  static mount(options: string): SmallDisk | undefined {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
    const disk = new SmallDisk();
    Deno.mkdirSync(disk.path);
    if (run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk.path])) return disk;
    disk.#temp[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    run("umount", ["--lazy", this.path]);
    this.#temp[Symbol.dispose]();
  }
}

/** Runs a program; returns whether it went well. */
export function run(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Whether there can be small disks. */
export const canMount = (() => {
  using disk = SmallDisk.mount("size=1m");
  return disk !== undefined;
})();

/** A server whose root is on a small disk, alice with a connection, and a place elsewhere for local files. */
export async function smallDiskBench(options: string) {
  await using stack = new AsyncDisposableStack();
  const disk = stack.use(SmallDisk.mount(options)!);
  const temp = stack.use(new TempDir());
  const server = stack.use(await TestServer.start(["--no-tls", "--disk-reserve", "0"], `${disk.path}/root`));
  await server.addUsers("1G", "alice");
  const client = stack.use(new Client(await server.session("alice"), 0));
  const all = stack.move();
  return { disk, temp, server, client, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
