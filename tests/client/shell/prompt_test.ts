import { assertEquals, assertStringIncludes } from "@std/assert";
import { Writable } from "node:stream";
import { type Completer, Prompt } from "../../../client/shell/prompt.ts";

/** A keyboard that has been typed on, and how often it was read. */
function typed(...texts: string[]) {
  const waiting = texts.map((text) => new TextEncoder().encode(text));
  const keyboard = {
    shown: "",
    modes: [] as boolean[],
    reads: 0,
    read: () => {
      keyboard.reads++;
      return Promise.resolve(waiting.shift() ?? null);
    },
    setRaw: (isRaw: boolean) => void keyboard.modes.push(isRaw),
    suspends: 0,
    suspend: () => {
      keyboard.suspends++;
      keyboard.shown += "[stopped]";
      return Promise.resolve();
    },
    screen: new Writable({
      write(chunk, _encoding, done) {
        keyboard.shown += chunk;
        done();
      },
    }),
  };
  return keyboard;
}

const nothing: Completer = (line) => Promise.resolve([[], line]);

/** A completer that answers with what stands in a table. */
function table(rows: Record<string, string[]>): Completer {
  return (line) => Promise.resolve([rows[line] ?? [], line.slice(line.lastIndexOf(" ") + 1)]);
}

/** All lines up to the end of input. */
async function linesOf(prompt: Prompt): Promise<string[]> {
  const lines: string[] = [];
  for (let line; (line = await prompt.ask("> ")) !== undefined;) lines.push(line);
  return lines;
}

Deno.test("Prompt.ask() gives every line when several come at once", async () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const keyboard = typed(["mkdir p1", "mkdir p2", "mkdir p3", ""].join(end));
    assertEquals(await linesOf(new Prompt(keyboard, nothing)), ["mkdir p1", "mkdir p2", "mkdir p3"]);
  }
});

Deno.test("Prompt.ask() keeps the beginning of a line when it comes with the line before", async () => {
  const keyboard = typed("one\rtw", "o\rthr", "é", "e\r");
  assertEquals(await linesOf(new Prompt(keyboard, nothing)), ["one", "two", "thrée"]);
});

Deno.test("Prompt.ask() gives a character whole when its bytes come apart", async () => {
  const keyboard = typed("");
  const bytes = [...new TextEncoder().encode("naïve 😀\r")].map((byte) => Uint8Array.of(byte));
  const prompt = new Prompt({ ...keyboard, read: () => Promise.resolve(bytes.shift() ?? null) }, nothing);
  assertEquals(await linesOf(prompt), ["naïve 😀"]);
});

Deno.test("Prompt.ask() reads nothing beyond its line and leaves the usual mode behind", async () => {
  const keyboard = typed("a\rb\r", "c\r");
  const prompt = new Prompt(keyboard, nothing);
  assertEquals([await prompt.ask("> "), keyboard.reads, keyboard.modes], ["a", 1, [true, false]]);
  assertEquals([await prompt.ask("> "), keyboard.reads], ["b", 1]);
});

Deno.test("Prompt.ask() gives an empty line at Ctrl-C and keeps what follows", async () => {
  assertEquals(await linesOf(new Prompt(typed("rm x\x03pwd\r"), nothing)), ["", "pwd"]);
});

Deno.test("Prompt.ask() ends the prompt's line when the input ends", async () => {
  const keyboard = typed("\x04");
  assertEquals(await new Prompt(keyboard, nothing).ask("> "), undefined);
  assertEquals(keyboard.shown.endsWith("\n"), true);
});

Deno.test("Prompt.ask() brings an earlier line back at the arrow up", async () => {
  assertEquals(await linesOf(new Prompt(typed("one\rtwo\r\x1b[A\x1b[A\r"), nothing)), ["one", "two", "one"]);
});

Deno.test("Prompt.forget() drops what was typed ahead and nothing later", async () => {
  const prompt = new Prompt(typed("put a\rrm a\r", "pwd\r"), nothing);
  assertEquals(await prompt.ask("> "), "put a");
  prompt.forget();
  assertEquals(await linesOf(prompt), ["pwd"]);
});

Deno.test("Prompt.ask() completes once and then lists when Tab comes twice at once", async () => {
  const keyboard = typed("mk\t\t\r");
  const prompt = new Prompt(keyboard, table({ "mk": ["mkdir "], "mkdir ": ["docs/", "music/"] }));
  assertEquals(await linesOf(prompt), ["mkdir "]);
  assertStringIncludes(keyboard.shown, "docs/");
  assertStringIncludes(keyboard.shown, "music/");
});

Deno.test("Prompt.ask() puts keys behind the completion when they come before its answer", async () => {
  assertEquals(await linesOf(new Prompt(typed("mk\tnew\rpwd\r"), table({ mk: ["mkdir "] }))), ["mkdir new", "pwd"]);
});

Deno.test("Prompt.ask() ends the line at Ctrl-C when a completion has no answer", async () => {
  const prompt = new Prompt(typed("ls \t", "x\x03", "pwd\r"), () => new Promise(() => {}));
  assertEquals(await linesOf(prompt), ["", "pwd"]);
});

Deno.test("row 21: Prompt.ask() suspends at Ctrl-Z in the usual mode and then goes on with the same line", async () => {
  const keyboard = typed("pw\x1ad\rls\r");
  const prompt = new Prompt(keyboard, nothing);
  assertEquals(await prompt.ask("> "), "pwd");
  assertEquals([keyboard.suspends, keyboard.modes], [1, [true, false, true, false]]);
  assertStringIncludes(keyboard.shown.split("[stopped]")[1]!, "> pw");
  assertEquals(await prompt.ask("> "), "ls");
});

Deno.test("row 21: Prompt.close() ends a line that nobody ends and leaves the usual mode behind", async () => {
  const keyboard = { ...typed(), read: () => new Promise<null>(() => {}) };
  const prompt = new Prompt(keyboard, nothing);
  const asking = prompt.ask("> ");
  prompt.close();
  assertEquals(keyboard.modes, [true, false]);
  // It waits for a key that never comes: who closes does not wait for it.
  assertEquals(await Promise.race([asking, Promise.resolve("open")]), "open");
});
