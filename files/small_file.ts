/** Small files, read and written whole. All throw the error of the operating system. */
import { createHash } from "node:crypto";
import { StatusError } from "../protocol/status.ts";
import { quote } from "../protocol/text.ts";
import { setMtime } from "./file_time.ts";
import { rename } from "./rename.ts";
import { tryRemove } from "./remove.ts";

/** What a small file is to hold. `mtime` in ms since 1970 if it is known; `exec`: its owner may execute it. */
export interface SmallContent {
  readonly content: Uint8Array;
  readonly mtime: number | null | undefined;
  readonly exec: boolean;
}

/** All bytes of a file. */
export function readWhole(path: string): Uint8Array {
  return Deno.readFileSync(path);
}

/** The text of a file. */
export function readText(path: string): string {
  return Deno.readTextFileSync(path);
}

/** The SHA-256 of some bytes, in hexadecimal. */
export function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** @throws {StatusError} 409 when the content is not what its sender says; `subject`: the name that the user knows it by */
export function checkArrived(content: Uint8Array, { sha256, subject }: { sha256: string; subject: string }): void {
  if (sha256Of(content) !== sha256) throw new StatusError(409, `${quote(subject)} did not arrive whole`);
}

/** Fills a new file and gives it its time. */
export function fill(file: Deno.FsFile, { content, mtime }: Pick<SmallContent, "content" | "mtime">): void {
  for (let at = 0; at < content.length;) at += file.writeSync(content.subarray(at));
  setMtime(file, mtime);
}

/** Writes a private file that is not there yet. */
export function writeNew(path: string, content: Uint8Array): void {
  Deno.writeFileSync(path, content, { createNew: true, mode: 0o600 });
}

/** Replaces a private file in one step, or makes it: its name never shows half of it. */
export function replaceText(path: string, text: string): void {
  const draft = `${path}.${crypto.randomUUID()}`;
  Deno.writeTextFileSync(draft, text, { createNew: true, mode: 0o600 });
  try {
    rename(draft, path);
  } catch (error) {
    tryRemove(draft);
    throw error;
  }
}

/** Adds to the end of a private file, or makes it: in one write, so that two programs do not cut each other's text. */
export function appendText(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { append: true, mode: 0o600 });
}
