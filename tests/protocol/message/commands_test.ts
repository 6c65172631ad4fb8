import { assert, assertEquals } from "@std/assert";
import { type CommandName, type CommandRow, COMMANDS } from "../../../protocol/message/commands.ts";

const rows: [CommandName, CommandRow][] = Object.entries(COMMANDS) as [CommandName, CommandRow][];

function namesOf(filter: (row: CommandRow) => boolean): string[] {
  return rows.filter(([, row]) => filter(row)).map(([name]) => name).sort();
}

Deno.test("COMMANDS says for every command whether a lost connection may repeat it", () => {
  assertEquals(namesOf(({ kind }) => kind === "reading"), [
    "hash",
    "ls",
    "parts",
    "ping",
    "quota",
    "stat",
    "status",
    "tree",
  ]);
  for (const [name, { access, kind }] of rows) {
    if (kind === "reading") assert(access !== "write", name);
    if (kind === "changing") assert(access === "write", name);
  }
});

Deno.test("COMMANDS gives a go-ahead or a body only to commands that move files", () => {
  assertEquals(namesOf(({ kind }) => kind === "transferring"), ["fetch", "get", "put", "store"]);
  assertEquals(namesOf(({ accept }) => accept !== undefined), ["get", "put", "store"]);
  assertEquals(namesOf(({ takesBody = false }) => takesBody), ["fetch"]);
});
