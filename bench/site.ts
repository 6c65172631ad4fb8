/** A scratch folder with everything that one workload needs, gone afterwards: data, served folders, running servers. */
import { join } from "@std/path";
import { type Contender, type Service, Skipped } from "./contender.ts";
import { linkTree } from "./data.ts";
import { startOurs } from "./ours.ts";
import { startLimits } from "./peers/limits.ts";
import { startOpenSsh } from "./peers/openssh.ts";
import { startRsync } from "./peers/rsync.ts";
import { startVsftpd } from "./peers/vsftpd.ts";

/** Our server, encrypted. */
export type Ours = Awaited<ReturnType<typeof startOurs>>;

/** What a site is made of. */
interface Parts {
  readonly folder: string;
  readonly ours: Ours;
  readonly contenders: readonly Contender[];
  readonly versions: Readonly<Record<string, string>>;
  readonly skipped: readonly string[];
  readonly services: AsyncDisposableStack;
}

/** The place where a workload runs. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  /** What the workload makes: each file once, linked into every served folder. */
  readonly source: string;
  /** Where downloads go. */
  readonly got: string;
  readonly ours: Ours;
  readonly contenders: readonly Contender[];
  readonly versions: Readonly<Record<string, string>>;
  readonly skipped: readonly string[];
  readonly #services: AsyncDisposableStack;

  private constructor(parts: Parts) {
    ({
      folder: this.folder,
      ours: this.ours,
      contenders: this.contenders,
      versions: this.versions,
      skipped: this.skipped,
    } = parts);
    this.#services = parts.services;
    this.source = this.makeFolder("source");
    this.got = this.makeFolder("got");
  }

  /** Starts our servers and all peers that are installed, with a scratch folder below `parent`. */
  static async open(parent: string): Promise<Site> {
    const folder = Deno.makeTempDirSync({ dir: parent, prefix: "ftp-bench-" });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Deno.removeSync(folder, { recursive: true }));
    const own = (name: string) => {
      const path = join(folder, name);
      Deno.mkdirSync(path, { mode: 0o700 });
      return path;
    };
    const served = own("served");
    const ours = stack.use(await startOurs(own("ours"), { tls: true }));
    const services: Service[] = [ours, stack.use(await startOurs(own("ours-plain"), { tls: false }))];
    const skipped: string[] = [];
    for (const [name, start] of Object.entries({ startVsftpd, startOpenSsh, startRsync, startLimits })) {
      try {
        services.push(stack.use(await start(own(name), served)));
      } catch (error) {
        if (!(error instanceof Skipped)) throw error;
        skipped.push(error.message);
      }
    }
    const contenders = services.flatMap((service) => service.contenders);
    const versions = Object.assign({}, ...services.map((service) => service.versions));
    return new Site({ folder, ours, contenders, versions, skipped, services: stack.move() });
  }

  /** Links something of `source` into every served folder. */
  serve(name: string): void {
    for (const served of this.#servedFolders()) linkTree(join(this.source, name), join(served, name));
  }

  /** Makes an empty folder in every served folder. */
  serveEmpty(name: string): void {
    for (const served of this.#servedFolders()) emptyFolder(join(served, name));
  }

  makeFolder(name: string): string {
    const path = join(this.folder, name);
    Deno.mkdirSync(path);
    return path;
  }

  #servedFolders(): Set<string> {
    return new Set(this.contenders.map((contender) => contender.served));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#services.disposeAsync();
  }
}

/** Makes a folder empty, whether it is there or not. */
export function emptyFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(path, { recursive: true });
}
