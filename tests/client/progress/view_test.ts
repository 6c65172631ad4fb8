import { assertEquals, assertStringIncludes } from "@std/assert";
import { progressLine } from "../../../client/progress/bar.ts";
import { TransferView } from "../../../client/progress/view.ts";
import { FakeTerminal } from "../../fake_terminal.ts";

const RESULT = { code: 201, size: 1000, moved: 1000, sha256: "abc" } as const;

/** A view with a clock that stands still until it is told otherwise. */
function viewOn({ isScreen = true, bar = true, rows = 24 } = {}) {
  const terminal = new FakeTerminal({ isScreen, columns: 120, rows });
  const clock = { ms: 5000 };
  const view = new TransferView("a.bin", { terminal, bar: bar ? progressLine : undefined, now: () => clock.ms });
  /** What was written since the last call. */
  const drawn = () => {
    const { written } = terminal;
    terminal.written = "";
    return written;
  };
  return { view, clock, drawn, terminal };
}

Deno.test("TransferView draws at once when a phase begins", { permissions: "none" }, () => {
  const { view, drawn } = viewOn();
  view.begin("checking", 1000);
  assertStringIncludes(drawn(), "\ra.bin  [--------------------] checking    0%");
});

Deno.test("TransferView draws again after 100 ms and not before, however much arrives", { permissions: "none" }, () => {
  const { view, clock, drawn } = viewOn();
  view.begin("transfer", 1000);
  drawn();
  for (let at = 0; at < 50; at++) view.advance(2);
  clock.ms += 99;
  view.advance(100);
  assertEquals(drawn(), "");
  clock.ms += 1;
  view.advance(300);
  assertStringIncludes(drawn(), "50%  500 B of 1000 B  4.9 KiB/s  0.1s left\x1b[K");
});

Deno.test("TransferView starts from zero when another phase begins", { permissions: "none" }, () => {
  const { view, clock, drawn } = viewOn();
  view.begin("checking", 1000);
  clock.ms += 200;
  view.advance(1000);
  drawn();
  view.begin("transfer", 4000);
  assertStringIncludes(drawn(), "]   0%  0 B of 3.9 KiB  0 B/s  -- left");
  clock.ms += 100;
  view.advance(1000);
  assertStringIncludes(drawn(), " 25%  1000 B of 3.9 KiB  9.8 KiB/s");
});

Deno.test("TransferView.finish() takes the bar away and leaves one line with the time", { permissions: "none" }, () => {
  const { view, clock, drawn } = viewOn();
  view.begin("transfer", 1000);
  drawn();
  clock.ms += 2000;
  assertEquals(view.finish(RESULT, { print: true }), 2000);
  assertEquals(drawn(), "\r\x1b[Ja.bin  1000 B in 2.0s, 500 B/s, sha256 ok abc\n");
});

Deno.test("TransferView.finish() leaves no line when none is wanted", { permissions: "none" }, () => {
  const { view, drawn } = viewOn();
  view.begin("transfer", 1000);
  drawn();
  view.finish(RESULT, { print: false });
  assertEquals(drawn(), "\r\x1b[J");
});

Deno.test(
  "TransferView writes one plain line when there is no screen or no bar is wanted",
  { permissions: "none" },
  () => {
    for (const options of [{ isScreen: false }, { bar: false }]) {
      const { view, clock, drawn } = viewOn(options);
      view.begin("transfer", 1000);
      clock.ms += 1000;
      view.advance(1000);
      view.clear();
      assertEquals(drawn(), "");
      view.finish(RESULT, { print: true });
      assertEquals(drawn(), "a.bin  1000 B in 1.0s, 1000 B/s, sha256 ok abc\n");
    }
  },
);

Deno.test("TransferView.clear() writes nothing when nothing is drawn", { permissions: "none" }, () => {
  const { view, drawn } = viewOn();
  view.clear();
  assertEquals(drawn(), "");
  view.begin("transfer", 1);
  drawn();
  view.clear();
  view.clear();
  assertEquals(drawn(), "\r\x1b[J");
});

Deno.test("TransferView.label() changes the name that is shown", { permissions: "none" }, () => {
  const { view, clock, drawn } = viewOn();
  view.begin("transfer", 1000);
  drawn();
  view.label("b\x1b.bin");
  clock.ms += 100;
  view.advance(1);
  assertStringIncludes(drawn(), "\rb\\u{1b}.bin  [");
});

Deno.test("TransferView.notice() takes the line away and says it in visible form", { permissions: "none" }, () => {
  const { view, drawn, terminal } = viewOn();
  view.begin("transfer", 1000);
  drawn();
  view.notice("connection lost\x07");
  assertEquals(drawn(), "\r\x1b[J");
  assertEquals(terminal.warnings, ["ftp: connection lost\\u{7}"]);
});

Deno.test(
  "TransferView draws a line for each file that runs, and takes it away when it ends",
  { permissions: "none" },
  () => {
    const { view, clock, drawn } = viewOn();
    view.begin("transfer", 3000);
    view.label("small");
    {
      using first = view.file("one");
      using second = view.file("two\x1b");
      first.begin("transfer", 1000);
      second.begin("checking", 2000);
      drawn();
      clock.ms += 100;
      first.advance(500);
      clock.ms += 100;
      second.advance(1500);
      const lines = drawn().split("\r").at(-1)!.split("\n");
      assertEquals(lines.length, 3);
      assertStringIncludes(lines[0]!, "\x1b[2Aa.bin  [###-----------------]  16%  500 B of 2.9 KiB");
      assertStringIncludes(lines[1]!, "  one  [##########----------]  50%");
      assertStringIncludes(lines[2]!, "  two\\u{1b}  [###############-----] checking   75%");
    }
    clock.ms += 100;
    view.advance(1);
    const last = drawn();
    assertStringIncludes(last, "\r\x1b[2Aa.bin");
    assertEquals(last.endsWith("\x1b[K\x1b[J"), true, last);
    view.clear();
    assertEquals(drawn(), "\r\x1b[J");
  },
);

for (const [rows, lines] of [[24, 9], [6, 5], [1, 1]] as const) {
  Deno.test(
    `TransferView draws ${lines} lines when 16 files run on a screen of ${rows}`,
    { permissions: "none" },
    () => {
      const { view, clock, drawn } = viewOn({ rows });
      view.begin("transfer", 100);
      for (let at = 0; at < 16; at++) view.file(`file ${at}`).begin("transfer", 10);
      drawn();
      clock.ms += 100;
      view.advance(1);
      assertEquals(drawn().split("\n").length, lines);
    },
  );
}

Deno.test("TransferView draws no line for a file that has not begun", { permissions: "none" }, () => {
  const { view, clock, drawn } = viewOn();
  view.begin("transfer", 100);
  view.file("waiting");
  drawn();
  clock.ms += 100;
  view.advance(1);
  assertEquals(drawn().includes("waiting"), false);
});
