import { assertEquals, assertStringIncludes } from "@std/assert";
import { progressLine } from "../../../client/progress/bar.ts";
import { Reporter } from "../../../client/commands/reporter.ts";
import { FakeTerminal } from "../../fake_terminal.ts";

function reporterOn({ isScreen = true, quiet = false } = {}) {
  const terminal = new FakeTerminal({ isScreen });
  return { terminal, reporter: new Reporter({ terminal, json: false, quiet, progress: progressLine }) };
}

Deno.test("Reporter.aside() takes the progress line away first when one is on the screen", () => {
  const { terminal, reporter } = reporterOn();
  const view = reporter.view("a.bin");
  view.begin("transfer", 100);
  assertStringIncludes(terminal.written, "a.bin");
  terminal.written = "";
  Object.assign(terminal, { warn: () => assertEquals(terminal.written, "\r\x1b[J") });
  reporter.aside("Lost the connection");
  assertEquals(terminal.written, "\r\x1b[J");
  // It comes back with the next bytes that count, and goes only once.
  reporter.aside("Connected again");
  assertEquals(terminal.written, "\r\x1b[J");
});

Deno.test("Reporter.aside() speaks in visible form when --quiet is given", () => {
  const { terminal, reporter } = reporterOn({ isScreen: false, quiet: true });
  reporter.aside("Skipped a\x1b");
  assertEquals(terminal.warnings, ["ftp: Skipped a\\u{1b}"]);
  assertEquals(terminal.written, "");
});

Deno.test("Reporter.files() writes all lines at once where there is no screen, and none where there is one", () => {
  const files = [["a", 1], ["d/b\x07", 2048]] as const;
  const { terminal, reporter } = reporterOn({ isScreen: false });
  const writes: string[] = [];
  Object.assign(terminal, { write: (text: string) => writes.push(text) });
  reporter.files(files);
  assertEquals(writes, ["a  1 B, sha256 ok\nd/b\\u{7}  2.0 KiB, sha256 ok\n"]);
  for (const silent of [reporterOn(), reporterOn({ isScreen: false, quiet: true })]) {
    silent.reporter.files(files);
    assertEquals(silent.terminal.written, "");
  }
});
