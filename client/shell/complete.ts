/** Completion of commands, remote names and local names. */
import { entriesIfThere } from "../../files/lookup.ts";
import { dirname } from "@std/path";
import { escapeText } from "../../protocol/text.ts";
import { SHELL_COMMANDS } from "../commands/command_table.ts";
import { ListBound } from "../connection/list_bound.ts";
import { listRemote } from "../connection/list_remote.ts";
import type { Shell } from "../commands/shell.ts";
import { type OpenWord, parseTyped } from "../commands/words.ts";

const LIMIT = 200;

/** What a word may become: the whole text, and whether more may follow in it. */
interface Candidate {
  readonly text: string;
  readonly isFolder: boolean;
}

/** What the last word of a line may become, and that word, as `readline` wants it. */
export async function completions(line: string, shell: Shell): Promise<[string[], string]> {
  const { before: [name, ...rest], open } = parseTyped(line);
  const command = SHELL_COMMANDS.find((row) => row.name === name?.text || row.aliases?.includes(name?.text ?? ""));
  const side = name === undefined ? "commands" : command?.completes ?? "nothing";
  // `help` takes one word.
  const found = side === "commands" && rest.length === 0
    ? commandNames()
    : side === "remote"
    ? await remoteNames(open.text, shell)
    : side === "local"
    ? localNames(open.text, shell)
    : [];
  const fitting = found.filter(({ text }) => text.startsWith(open.text) && isShownAsItIs(text)).slice(0, LIMIT);
  return [fitting.map((candidate) => completed(open, candidate)), open.raw];
}

/** What is typed stays as it is, quotes and all; what is added is written so that it means the same. */
function completed({ raw, text, quote }: OpenWord, candidate: Candidate): string {
  const added = candidate.text.slice(text.length);
  const written = quote === undefined
    ? added.replace(/[\s"'\\;*?[\]]/g, "\\$&")
    : quote === '"'
    ? added.replace(/["\\]/g, "\\$&")
    : added.replaceAll("'", `'\\''`);
  return raw + written + (candidate.isFolder ? "/" : `${quote ?? ""} `);
}

function commandNames(): Candidate[] {
  return SHELL_COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases])
    .map((text) => ({ text, isFolder: false }));
}

/** Whether a name shows what it is. Another is not put on the line, where nobody would see what it is: a pattern finds it. */
function isShownAsItIs(path: string): boolean {
  const name = path.slice(folderOf(path).length);
  return escapeText(name) === name;
}

/** The part of a path that names the folder. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

async function remoteNames(path: string, shell: Shell): Promise<Candidate[]> {
  const folder = folderOf(path);
  const found: Candidate[] = [];
  const bound = new ListBound();
  await listRemote(await shell.link.remote(), shell.remotePath(folder === "" ? "." : folder), {
    entries(page) {
      for (const { name, entry } of page) {
        bound.keep();
        const text = folder + name;
        if (found.length < LIMIT && text.startsWith(path)) found.push({ text, isFolder: entry === "folder" });
      }
    },
    note: () => bound.keep(),
  });
  return found;
}

function localNames(path: string, shell: Shell): Candidate[] {
  const folder = folderOf(path);
  return entriesIfThere(dirname(shell.localPath(`${folder}x`)))
    .map(({ name, isDirectory }) => ({ text: folder + name, isFolder: isDirectory }))
    .sort((a, b) => a.text < b.text ? -1 : 1);
}
