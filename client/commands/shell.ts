/** The state of a shell: a session, a folder on each side, and the tools that commands use. */
import { namesOf } from "../../files/lookup.ts";
import { resolve } from "@std/path";
import {
  type CommandName,
  COMMANDS,
  type ListingEntry,
  type Reply,
  type Request,
} from "../../protocol/message/commands.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { TOP, type VirtualPath, virtualPath } from "../../protocol/virtual_path.ts";
import { localFailure, localInfo } from "../transfer/file.ts";
import { SourceNames } from "../transfer/source_names.ts";
import { TempFiles } from "../transfer/temp_files.ts";
import type { TransferView } from "../progress/view.ts";
import type { TransferTools } from "../transfer/download.ts";
import type { RateLimit } from "../transfer/rate_limit.ts";
import type { Remote } from "../connection/remote.ts";
import { isConnectionLoss, type Link } from "../connection/link.ts";
import { stateFolder } from "../transfer/state_folder.ts";
import { expandWord } from "./glob.ts";
import { ListBound } from "../connection/list_bound.ts";
import { listRemote } from "../connection/list_remote.ts";
import type { Reporter } from "./reporter.ts";
import type { Word } from "./words.ts";

/** What commands work on. */
export class Shell {
  readonly link: Link;
  readonly reporter: Reporter;
  readonly limit: RateLimit;
  /** Where what lasts from run to run is, `undefined` where there is no such place. */
  readonly state: string | undefined;
  readonly temps: TempFiles;
  readonly sources: SourceNames;
  /** Where relative remote and local paths start. */
  cwd: VirtualPath = TOP;
  localCwd: string;
  /** Set by `quit`. */
  isOver = false;
  /** Whether a command with several names goes on after one that fails. */
  keepsGoing = false;

  constructor(link: Link, options: { reporter: Reporter; limit: RateLimit; localCwd: string }) {
    this.link = link;
    this.reporter = options.reporter;
    this.limit = options.limit;
    this.localCwd = options.localCwd;
    this.state = stateFolder(options.reporter.terminal);
    this.temps = new TempFiles(this.state);
    this.sources = new SourceNames(this.state);
  }

  /** What a transfer needs, drawn on a view. */
  tools(remote: Remote, view: TransferView): TransferTools {
    const { limit, temps, sources, link } = this;
    return { remote, user: link.session.user, watcher: view, limit, temps, sources, stopping: link.stopping };
  }

  /**
   * Sends one request. What only reads is asked again when the connection breaks; what changes something is not, unless
   * the server has said that it did not do it.
   */
  async call<K extends CommandName>(command: K, request: Request<K>): Promise<Reply<K>> {
    return await this.link.run(async (remote) => {
      try {
        return await remote.call(command, request);
      } catch (error) {
        if (!isConnectionLoss(error) || COMMANDS[command].kind === "reading" || !remote.failure) throw error;
        throw new StatusError(500, `${error.message}; whether "${command}" was done is not known`, { cause: error });
      }
    });
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
      return await this.call("stat", { path });
    } catch (error) {
      if (error instanceof StatusError && error.code === 402) return undefined;
      throw error;
    }
  }

  /** The remote paths that words stand for. */
  async expandRemote(words: readonly Word[]): Promise<VirtualPath[]> {
    const bound = new ListBound();
    const side = {
      exists: async (path: string) => await this.find(this.remotePath(path)) !== undefined,
      names: (folder: string, fits: (name: string) => boolean) =>
        this.#remoteNames(this.remotePath(folder), { fits, bound }),
    };
    const found = await Promise.all(words.map((word) => expandWord(word, side)));
    return found.flat().map((path) => this.remotePath(path));
  }

  /** The names in a remote folder that fit. One that cannot be read is a failure, and keeps no other from being looked at. */
  async #remoteNames(
    path: VirtualPath,
    { fits, bound }: { fits: (name: string) => boolean; bound: ListBound },
  ): Promise<string[]> {
    try {
      return await this.link.run(async (remote) => {
        const names: string[] = [];
        const take = ({ name }: { readonly name: string }) => {
          if (!fits(name)) return;
          bound.keep(name);
          names.push(name);
        };
        // What could not be looked at is there all the same, and may be asked for.
        await listRemote(remote, path, { entries: (page) => page.forEach(take), note: take });
        return names;
      });
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 406)) throw error;
      this.reporter.failure(error);
      return [];
    }
  }

  /** The local paths that words stand for. */
  async expandLocal(words: readonly Word[]): Promise<string[]> {
    const side = {
      exists: (path: string) => Promise.resolve(localInfo(this.localPath(path)) !== undefined),
      names: (folder: string, fits: (name: string) => boolean) => {
        const path = this.localPath(folder);
        try {
          return Promise.resolve(namesOf(path).filter(fits));
        } catch (error) {
          throw localFailure(error, path);
        }
      },
    };
    const found = (await Promise.all(words.map((word) => expandWord(word, side)))).flat();
    for (const path of found) this.#checkSpelling(path);
    return found;
  }

  /** A name that is not UTF-8 reaches us with replacement characters, and there is no file of that name. */
  #checkSpelling(path: string): void {
    if (!path.includes("\uFFFD") || localInfo(this.localPath(path))) return;
    throw new StatusError(411, `Local name ${quote(path)} is not allowed: it is not UTF-8`);
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
