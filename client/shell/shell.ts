/** The state of a shell: a session, a folder on each side, and the tools that commands use. */
import { resolve } from "@std/path";
import type { ListingEntry } from "../../protocol/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { TOP, type VirtualPath, virtualPath } from "../../protocol/virtual_path.ts";
import { localFailure, localInfo } from "../local/file.ts";
import type { TransferView } from "../progress/view.ts";
import type { RateLimit } from "../rate_limit.ts";
import type { Session } from "../session.ts";
import { expandWord } from "./glob.ts";
import { listRemote } from "./list_remote.ts";
import type { Reporter } from "./reporter.ts";
import type { Word } from "./words.ts";

/** What commands work on. */
export class Shell {
  readonly session: Session;
  readonly reporter: Reporter;
  readonly limit: RateLimit;
  /** Where relative remote and local paths start. */
  cwd: VirtualPath = TOP;
  localCwd: string;
  /** Set by `quit`. */
  isOver = false;

  constructor(session: Session, options: { reporter: Reporter; limit: RateLimit; localCwd: string }) {
    this.session = session;
    this.reporter = options.reporter;
    this.limit = options.limit;
    this.localCwd = options.localCwd;
  }

  /** What a transfer needs, drawn on a view. */
  tools(view: TransferView) {
    return { remote: this.session.remote, watcher: view, limit: this.limit };
  }

  remotePath(text: string): VirtualPath {
    return virtualPath(text, this.cwd);
  }

  localPath(text: string): string {
    return resolve(this.localCwd, text);
  }

  /** What is at a remote path, `undefined` when there is nothing. */
  async find(path: VirtualPath): Promise<Omit<ListingEntry, "name"> | undefined> {
    try {
      return await this.session.remote.call("stat", { path });
    } catch (error) {
      if (error instanceof StatusError && error.code === 402) return undefined;
      throw error;
    }
  }

  /** The remote paths that words stand for. */
  async expandRemote(words: readonly Word[]): Promise<VirtualPath[]> {
    const side = {
      exists: async (path: string) => await this.find(this.remotePath(path)) !== undefined,
      names: async (folder: string) => {
        const names: string[] = [];
        await listRemote(this.session.remote, this.remotePath(folder), (page) => {
          for (const { name } of page) names.push(name);
        });
        return names;
      },
    };
    const found = await Promise.all(words.map((word) => expandWord(word, side)));
    return found.flat().map((path) => this.remotePath(path));
  }

  /** The local paths that words stand for. */
  async expandLocal(words: readonly Word[]): Promise<string[]> {
    const side = {
      exists: (path: string) => Promise.resolve(localInfo(this.localPath(path)) !== undefined),
      names: (folder: string) => {
        const path = this.localPath(folder);
        try {
          return Promise.resolve([...Deno.readDirSync(path)].map(({ name }) => name));
        } catch (error) {
          throw localFailure(error, path);
        }
      },
    };
    const found = await Promise.all(words.map((word) => expandWord(word, side)));
    return found.flat();
  }

  /** A folder here. @throws {StatusError} 402, 407 */
  localFolder(text: string): string {
    const path = this.localPath(text);
    const info = localInfo(path);
    if (!info) throw new StatusError(402, `Local ${quote(path)} does not exist`);
    if (!info.isDirectory) throw new StatusError(407, `Local ${quote(path)} is not a folder`);
    return path;
  }
}
