/** Paths as the protocol has them: absolute, `/`-separated, inside the home by construction. */
import { NAME_LIMIT_BYTES, PATH_DEPTH_LIMIT, PATH_LIMIT_BYTES } from "./limits.ts";
import { StatusError } from "./status.ts";
import { hasForbiddenCharacters, quote } from "./text.ts";

/** The mark of a path that was checked. It exists for the compiler only, and is exported for the documentation of the type below. */
export declare const brand: unique symbol;

/** An absolute path in a home: `/` or `/a/b`, without `.`, `..`, empty or unsafe components. By rule only this file makes one (`tests/architecture_test.ts`). */
export type VirtualPath = string & { readonly [brand]: true };

/** The top of a home. */
export const TOP = "/" as VirtualPath;

const encoder = new TextEncoder();

/** The length of a text in UTF-8 bytes. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Checks one name of a file or folder.
 *
 * @throws {StatusError} 411 when it is empty, `.`, `..`, over 255 bytes, not Unicode, or holds `/` or a character that breaks a line or reorders it
 */
export function checkName(name: string): void {
  if (name === "" || name === "." || name === "..") throw new StatusError(411, `Name ${quote(name)} is not allowed`);
  if (name.includes("/")) throw new StatusError(411, `Name ${quote(name)} holds a slash`);
  if (hasForbiddenCharacters(name)) {
    const what = "a control character, a line separator or a direction override";
    throw new StatusError(411, `Name ${quote(name)} holds ${what}`);
  }
  // A UTF-16 unit is three bytes at most: a short name need not be encoded to be counted.
  if (name.length * 3 <= NAME_LIMIT_BYTES) return;
  const bytes = byteLength(name);
  if (bytes > NAME_LIMIT_BYTES) {
    throw new StatusError(411, `Name of ${bytes} bytes is over the limit of ${NAME_LIMIT_BYTES} bytes`);
  }
}

/**
 * Makes a path of any text, seen from a folder. `.` and empty components vanish; `..` at the top stays at the top.
 *
 * @param text what a user or a peer wrote
 * @param base the folder that a relative text starts from
 * @throws {StatusError} 411 when a component is not an allowed name, or the path is too long or too deep
 */
export function virtualPath(text: string, base: VirtualPath = TOP): VirtualPath {
  checkLength(text);
  const parts = text.startsWith("/") ? [] : componentsOf(base);
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      parts.pop();
      continue;
    }
    checkName(part);
    parts.push(part);
  }
  if (parts.length > PATH_DEPTH_LIMIT) {
    throw new StatusError(411, `Path of ${parts.length} levels is over the limit of ${PATH_DEPTH_LIMIT} levels`);
  }
  const path = pathOf(parts);
  checkLength(path);
  return path;
}

function checkLength(text: string): void {
  const bytes = byteLength(text);
  if (bytes > PATH_LIMIT_BYTES) {
    throw new StatusError(411, `Path of ${bytes} bytes is over the limit of ${PATH_LIMIT_BYTES} bytes`);
  }
}

function pathOf(parts: readonly string[]): VirtualPath {
  return `/${parts.join("/")}` as VirtualPath;
}

/** The names of a path from the top; none for the top itself. */
export function componentsOf(path: VirtualPath): string[] {
  return path === TOP ? [] : path.slice(1).split("/");
}

/** The last name of a path; `/` for the top. */
export function nameOf(path: VirtualPath): string {
  return componentsOf(path).at(-1) ?? "/";
}

/** The folder that holds a path; the top holds itself. */
export function parentOf(path: VirtualPath): VirtualPath {
  return pathOf(componentsOf(path).slice(0, -1));
}

/** The path of a name in a folder. The name may itself be a relative path. */
export function childOf(folder: VirtualPath, name: string): VirtualPath {
  return virtualPath(name, folder);
}

/** Whether a path is a folder itself or something in it. */
export function isWithin(path: VirtualPath, folder: VirtualPath): boolean {
  return folder === TOP || path === folder || path.startsWith(`${folder}/`);
}
