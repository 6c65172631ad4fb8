import { assertEquals, assertRejects } from "@std/assert";
import { Options } from "../../../console/command_line.ts";
import { UsageError } from "../../../console/exit_status.ts";
import { newPassword } from "../../../users/commands/new_password.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../fake_terminal.ts";

const LONG = "correct horse battery";

function ask(options: FakeTerminalOptions, ...switches: string[]) {
  const terminal = new FakeTerminal(options);
  const invocation = { args: ["alice"], options: new Options(new Map(switches.map((name) => [name, true]))), terminal };
  return { terminal, password: newPassword(invocation, "alice") };
}

async function refuses(sentence: string, options: FakeTerminalOptions, ...switches: string[]): Promise<void> {
  await assertRejects(() => ask(options, ...switches).password, UsageError, sentence);
}

Deno.test("newPassword() takes stdin's first line, else what is typed, and never $FTP_PASSWORD", {
  permissions: "none",
}, async () => {
  const all = { stdin: `${LONG} 1\nsecond line\n`, env: { FTP_PASSWORD: `${LONG} 2` }, secrets: [LONG, LONG] };
  assertEquals(await ask(all, "password-stdin").password, `${LONG} 1`);
  assertEquals(await ask(all).password, LONG);
  const { terminal, password } = ask({ secrets: [LONG, LONG] });
  assertEquals(await password, LONG);
  assertEquals(terminal.prompts, ["New password for alice:", "Again:"]);
  assertEquals([terminal.written, terminal.warnings], ["", []]);
});

Deno.test("newPassword() refuses an empty password, wherever it is from", { permissions: "none" }, async () => {
  await refuses("empty", { stdin: "" }, "password-stdin");
  await refuses("empty", { stdin: "\nx\n" }, "password-stdin");
  await refuses("empty", { secrets: ["", ""] });
});

Deno.test("newPassword() refuses two entries that differ, and nobody to ask", { permissions: "none" }, async () => {
  await refuses("The two passwords differ", { secrets: [LONG, `${LONG}!`] });
  await refuses("The two passwords differ", { secrets: [LONG] });
  await refuses("No terminal to ask", {});
  await refuses("No terminal to ask", { env: { FTP_PASSWORD: LONG } });
});

Deno.test("newPassword() takes 1,024 bytes and refuses 1,025", { permissions: "none" }, async () => {
  assertEquals((await ask({ stdin: "é".repeat(512) }, "password-stdin").password).length, 512);
  await refuses("longer than 1024 bytes", { stdin: `${"é".repeat(512)}x` }, "password-stdin");
});

Deno.test("newPassword() warns under 12 characters unless --quiet, and never says the password", {
  permissions: "none",
}, async () => {
  const warnings = async (password: string, ...switches: string[]) => {
    const asked = ask({ stdin: password }, "password-stdin", ...switches);
    await asked.password;
    return asked.terminal.warnings;
  };
  assertEquals((await warnings("hunter2-abc")).length, 1);
  assertEquals((await warnings("hunter2-abc"))[0]!.includes("hunter2"), false);
  assertEquals(await warnings("hunter2-abcd"), []);
  assertEquals(await warnings("hunter2", "quiet"), []);
});
