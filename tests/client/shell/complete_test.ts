import { assertEquals } from "@std/assert";
import { Link } from "../../../client/connection/link.ts";
import { RateLimit } from "../../../client/transfer/rate_limit.ts";
import { completions } from "../../../client/shell/complete.ts";
import { Reporter } from "../../../client/commands/reporter.ts";
import { Shell } from "../../../client/commands/shell.ts";
import { parseLine } from "../../../client/commands/words.ts";
import { FakeTerminal } from "../../fake_terminal.ts";
import { TempDir } from "../../harness.ts";
import { TestServer } from "../../test_server.ts";

const NAMES = ["a b.txt", "a'b", 'a"b', "a\\b", "a*"];

Deno.test("completions() completes names on both sides, keeps an open quote and closes it behind a file", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  Deno.mkdirSync(`${server.home("alice")}/my docs/in`, { recursive: true });
  for (const name of NAMES) Deno.writeTextFileSync(`${server.home("alice")}/my docs/${name}`, "");
  temp.file("local file", "");
  const link = new Link(await server.session("alice"), { retries: 0, onLost: () => {} });
  const reporter = new Reporter({ terminal: new FakeTerminal(), json: false, quiet: false, progress: undefined });
  const shell = new Shell(link, { reporter, limit: new RateLimit(undefined), localCwd: temp.path });
  const rows: [line: string, candidates: string[], word: string][] = [
    ["mk", ["mkdir "], "mk"],
    ["ls; mk", ["mkdir "], "mk"],
    ["get m", ["my\\ docs/"], "m"],
    ['get "m', ['"my docs/'], '"m'],
    ['get "my docs/a b', ['"my docs/a b.txt" '], '"my docs/a b'],
    ["get 'my docs/i", ["'my docs/in/"], "'my docs/i"],
    ['get my" "docs/i', ['my" "docs/in/'], 'my" "docs/i'],
    ["ls; put 'lo", ["'local file' "], "'lo"],
    ['put "x', [], '"x'],
    ["pwd x", [], "x"],
    ["help mkd", ["mkdir "], "mkd"],
  ];
  for (const [line, candidates, word] of rows) assertEquals(await completions(line, shell), [candidates, word], line);
  // Whatever is offered means the file that is there.
  for (const begun of ["get my\\ docs/a", 'get "my docs/a', "get 'my docs/a"]) {
    const [candidates] = await completions(begun, shell);
    const meant = candidates.map((written) => parseLine(`get ${written}`)[0]![1]!);
    assertEquals(meant.map(({ text }) => text.replace("my docs/", "")).sort(), NAMES.toSorted(), begun);
    assertEquals(meant.map(({ pattern }) => pattern), NAMES.map(() => undefined));
  }
  await link.session.remote.close();
});
