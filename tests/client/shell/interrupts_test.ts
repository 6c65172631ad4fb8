import { assertEquals } from "@std/assert";
import { Interrupts } from "../../../client/shell/interrupts.ts";
import { FakeTerminal } from "../../fake_terminal.ts";

function watched() {
  const done: string[] = [];
  const clock = { now: 0 };
  const actions = { stop: () => void done.push("stop"), leave: () => void done.push("leave"), now: () => clock.now };
  return { done, clock, interrupts: new Interrupts(new FakeTerminal(), actions) };
}

Deno.test("row 21: Interrupts stops at the first Ctrl-C and leaves at one that comes a second later", () => {
  const { done, clock, interrupts } = watched();
  using _interrupts = interrupts;
  for (const at of [0, 3, 900, 1_000]) {
    clock.now = at;
    interrupts.take("SIGINT");
  }
  assertEquals(done, ["stop", "leave"]);
});

Deno.test("row 21: Interrupts.reset() makes the next Ctrl-C a first one, but not a copy that comes late", () => {
  const { done, clock, interrupts } = watched();
  using _interrupts = interrupts;
  interrupts.take("SIGINT");
  interrupts.reset();
  clock.now = 2;
  interrupts.take("SIGINT");
  assertEquals([done, interrupts.happened], [["stop"], false]);
  clock.now = 1_000;
  interrupts.take("SIGINT");
  assertEquals([done, interrupts.happened], [["stop", "stop"], true]);
});

Deno.test("row 21: Interrupts ends the program at SIGTERM and SIGHUP, at once when a stop was asked for before", async () => {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const { done, interrupts } = watched();
    using _interrupts = interrupts;
    interrupts.take(signal);
    await interrupts.ending;
    interrupts.reset();
    assertEquals([done, interrupts.isEnding, interrupts.happened], [["stop"], true, true]);
    interrupts.take("SIGINT");
    assertEquals(done, ["stop", "leave"]);
  }
});
