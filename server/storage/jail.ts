/** The jail: the one way from a virtual path to a path on disk. */
import { join, SEPARATOR } from "@std/path";
import { infoOf, lookAt, realPathOf } from "../../files/lookup.ts";
import { StatusError } from "../../protocol/status.ts";
import { quote } from "../../protocol/text.ts";
import { componentsOf, nameOf, parentOf, TOP, type VirtualPath } from "../../protocol/virtual_path.ts";
import { isAllowedOnWindows } from "../../files/windows_name.ts";
import { translateOsErrors } from "./os_error.ts";

/** One home on disk. Every answer is a path whose links have been resolved and found inside. */
export class Jail {
  readonly #home: string;
  readonly #isWindows: boolean;

  /**
   * @param home the home's folder, absolute
   * @param os the platform's name, as `Deno.build.os` has it
   */
  constructor(home: string, os: string) {
    this.#home = home;
    this.#isWindows = os === "windows";
  }

  /**
   * The real path of something that exists. Links are followed as long as they stay inside.
   *
   * @throws {StatusError} 402 when there is nothing, 406 when it is outside, 407 when a component is not a folder
   */
  existing(path: VirtualPath): string {
    const home = this.#realHome();
    if (path === TOP) return home;
    const names = componentsOf(path);
    for (const name of names) this.checkHostName(name);
    const real = translateOsErrors(path, () => realPathOf(join(home, ...names)));
    if (!real.startsWith(home + SEPARATOR)) throw outside(path);
    return real;
  }

  /**
   * Where a name is or would be: the real path of its folder, with the name. What is there is not followed.
   *
   * @throws {StatusError} as `existing` for the folder; 406 for the top itself
   */
  place(path: VirtualPath): string {
    if (path === TOP) throw new StatusError(406, "The top of your home cannot be replaced, moved or removed");
    const folder = this.folder(parentOf(path));
    const name = nameOf(path);
    this.checkHostName(name);
    return join(folder, name);
  }

  /** The real path of an existing folder. @throws {StatusError} as `existing`; 407 when it is none */
  folder(path: VirtualPath): string {
    const real = this.existing(path);
    if (translateOsErrors(path, () => infoOf(real)).isDirectory) return real;
    throw new StatusError(407, `${quote(path)} is not a folder`);
  }

  /** @throws {StatusError} 411 for a name that the server's system gives a meaning of its own */
  checkHostName(name: string): void {
    if (this.#isWindows && !isAllowedOnWindows(name)) {
      throw new StatusError(411, `Name ${quote(name)} is not allowed on the server's system`);
    }
  }

  /**
   * Like `place`, for a name whose link, if it is one, must not lead outside.
   *
   * @returns the place and what is there, `undefined` when nothing is
   */
  occupant(path: VirtualPath): { place: string; info: Deno.FileInfo | undefined } {
    const place = this.place(path);
    const info = translateOsErrors(path, () => lookAt(place));
    if (info?.isSymlink) this.#checkLink(path);
    return { place, info };
  }

  /** A link that leads outside, or nowhere, is refused whatever is to be done with it. */
  #checkLink(path: VirtualPath): void {
    try {
      this.existing(path);
    } catch (cause) {
      throw outside(path, cause);
    }
  }

  /** The home, which must be a folder and not a link. */
  #realHome(): string {
    const info = translateOsErrors("/", () => lookAt(this.#home));
    if (!info?.isDirectory) throw new StatusError(500, "Your home is missing on the server");
    return translateOsErrors("/", () => realPathOf(this.#home));
  }
}

function outside(path: string, cause?: unknown): StatusError {
  return new StatusError(406, `${quote(path)} leads outside your home`, { cause });
}
