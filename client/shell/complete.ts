/** Completion of commands, remote names and local names. */
import { dirname } from "@std/path";
import { hasUnsafeCharacters } from "../../protocol/text.ts";
import { SHELL_COMMANDS } from "./command_table.ts";
import { listRemote } from "../list_remote.ts";
import type { Shell } from "./shell.ts";

const LIMIT = 200;

/** What the last word of a line may become, and that word, as `readline` wants it. */
export async function completions(line: string, shell: Shell): Promise<[string[], string]> {
  const words = /^\s*(\S*)(.*)$/.exec(line)!;
  const names = SHELL_COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  if (words[2] === "") return [names.filter((name) => name.startsWith(words[1]!)).map((name) => `${name} `), words[1]!];
  const command = SHELL_COMMANDS.find((row) => row.name === words[1] || row.aliases?.includes(words[1]!));
  const word = /(?:\\.|[^\s\\])*$/.exec(line)![0];
  if (command?.completes === "commands") return [names.filter((name) => name.startsWith(word)), word];
  if (command?.completes === "remote") return [await remoteNames(unescapeWord(word), shell), word];
  if (command?.completes === "local") return [localNames(unescapeWord(word), shell), word];
  return [[], word];
}

function unescapeWord(word: string): string {
  return word.replace(/\\(.)/g, "$1");
}

function escapeWord(text: string): string {
  return text.replace(/[\s"'\\;*?[\]]/g, "\\$&");
}

/** The folder and the begun name of a path. */
function split(path: string): { folder: string; begun: string } {
  const cut = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, cut), begun: path.slice(cut) };
}

async function remoteNames(path: string, shell: Shell): Promise<string[]> {
  const { folder, begun } = split(path);
  const found: string[] = [];
  await listRemote(await shell.link.remote(), shell.remotePath(folder === "" ? "." : folder), (page) => {
    for (const { name, entry } of page) {
      if (name.startsWith(begun) && found.length < LIMIT) {
        found.push(escapeWord(folder + name) + (entry === "folder" ? "/" : " "));
      }
    }
  });
  return found;
}

function localNames(path: string, shell: Shell): string[] {
  const { folder, begun } = split(path);
  const found: string[] = [];
  try {
    for (const { name, isDirectory } of Deno.readDirSync(dirname(shell.localPath(`${folder}x`)))) {
      if (!name.startsWith(begun) || hasUnsafeCharacters(name) || found.length >= LIMIT) continue;
      found.push(escapeWord(folder + name) + (isDirectory ? "/" : " "));
    }
  } catch (error) {
    // There is no such folder: nothing to complete.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  return found.sort();
}
