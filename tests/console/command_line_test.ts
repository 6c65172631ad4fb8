import { assertEquals, assertThrows } from "@std/assert";
import * as commandLine from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { FakeTerminal } from "../fake_terminal.ts";

const { Options, parseCall, parseInvocation } = commandLine;

const ROW: commandLine.CallRow = {
  arity: [1, 2],
  options: [
    { name: "force", short: "f", help: "" },
    { name: "no-color", help: "" },
    { name: "help", short: "h", help: "" },
    { name: "quota", short: "u", value: "SIZE", help: "" },
  ],
};

function parse(...argv: string[]): { args: string[]; force: boolean; quota: string | undefined } {
  const { args, options } = parseCall(ROW, argv, "ftp x");
  return { args, force: options.has("force"), quota: options.text("quota") };
}

function refuses(argv: string[], sentence: string): void {
  assertThrows(() => parseCall(ROW, argv, "ftp x NAME"), UsageError, `${sentence}; usage: ftp x NAME`);
}

Deno.test("parseCall() reads arguments and options in any order", { permissions: "none" }, () => {
  const expected = { args: ["alice", "b"], force: true, quota: "10M" };
  for (
    const argv of [
      ["alice", "b", "--force", "--quota", "10M"],
      ["--quota=10M", "--force", "alice", "b"],
      ["-f", "alice", "-u", "10M", "b"],
      ["alice", "-fu", "10M", "b"],
    ]
  ) assertEquals(parse(...argv), expected, argv.join(" "));
  assertEquals(parse("alice"), { args: ["alice"], force: false, quota: undefined });
});

Deno.test("parseCall() keeps arguments as text when they look like numbers", { permissions: "none" }, () => {
  assertEquals(parse("007", "1e3").args, ["007", "1e3"]);
  assertEquals(parse("a", "--quota", "0010").quota, "0010");
});

Deno.test("parseCall() takes nothing after -- for an option", { permissions: "none" }, () => {
  assertEquals(parse("--", "--force", "-x"), { args: ["--force", "-x"], force: false, quota: undefined });
});

Deno.test("parseCall() refuses a second value, and takes a switch twice", { permissions: "none" }, () => {
  refuses(["a", "--quota", "1M", "--quota", "2M"], "--quota is given more than once");
  refuses(["a", "-u1M", "--quota=1M"], "--quota is given more than once");
  assertEquals(parse("a", "--force", "-f").force, true);
});

Deno.test("parseCall() keeps all values in order when every one counts", { permissions: "none" }, () => {
  const row = { ...ROW, options: [{ name: "command", short: "c", value: "LINE", many: true as const, help: "" }] };
  const { options } = parseCall(row, ["a", "-c", "pwd", "--command", "ls", "-c=x"], "ftp x");
  assertEquals(options.texts("command"), ["pwd", "ls", "=x"]);
  for (const argv of [["a", "-c", ""], ["a", "-c", "x", "--command="]]) {
    assertThrows(() => parseCall(row, argv, "ftp x"), UsageError, "--command must not be empty; usage: ftp x");
  }
});

Deno.test("parseCall() takes a negative number for the value that it is meant to be", { permissions: "none" }, () => {
  for (const argv of [["--quota", "-5", "a"], ["a", "-u", "-5"], ["a", "--quota=-5"], ["a", "-fu", "-5"]]) {
    assertEquals(parse(...argv).quota, "-5", argv.join(" "));
  }
  assertEquals(parse("-u", "1", "--", "-5").args, ["-5"]);
  refuses(["a", "-5"], 'Unknown option "-5"');
});

Deno.test("parseCall() refuses an option without the switch that it needs", { permissions: "none" }, () => {
  const recursive = { name: "recursive", short: "r", help: "" };
  const parallel = { name: "parallel", short: "P", value: "N", needs: "recursive", help: "" };
  const call = (options: commandLine.OptionRow[], ...argv: string[]) =>
    parseCall({ arity: [0, 1], options }, argv, "get").options.text("parallel");
  assertThrows(
    () => call([recursive, parallel], "a", "-P", "2"),
    UsageError,
    "--parallel needs --recursive; usage: get",
  );
  assertEquals(call([recursive, parallel], "a", "-P", "2", "-r"), "2");
  // A command without that switch always does what it stands for.
  assertEquals(call([parallel], "a", "-P", "2"), "2");
});

Deno.test("parseCall() refuses unknown options and names them", { permissions: "none" }, () => {
  refuses(["a", "--frce"], 'Unknown option "--frce"');
  refuses(["a", "-z"], 'Unknown option "-z"');
  refuses(["a", "--force.x"], 'Unknown option "--force.x"');
  refuses(["a", "--no-force"], 'Unknown option "--no-force"');
  refuses(["a", "--color"], 'Unknown option "--color"');
  refuses(["a", "--it's new=1"], `Unknown option "--it's new"`);
  refuses(["a", "--__proto__=1"], 'Unknown option "--__proto__"');
  refuses(["a", "--constructor"], 'Unknown option "--constructor"');
  refuses(["a", "--\x1b[2J"], String.raw`Unknown option "--\u{1b}[2J"`);
});

Deno.test("parseCall() refuses an option without its value", { permissions: "none" }, () => {
  refuses(["a", "--quota"], "--quota needs a value");
  refuses(["a", "--quota", "--force"], "--quota needs a value");
  refuses(["a", "-u"], "--quota needs a value");
  refuses(["a", "--force=1"], "--force takes no value");
  refuses(["a", "--quota", ""], "--quota must not be empty");
});

Deno.test("parseCall() does not take the next argument when a value was written and is empty", {
  permissions: "none",
}, () => {
  assertThrows(() => parse("--quota=", "alice", "b"), UsageError, "--quota");
  assertThrows(() => parse("a", "--quota="), UsageError, "--quota");
});

Deno.test("parseCall() takes `-` as a value and as an argument", { permissions: "none" }, () => {
  assertEquals(parse("-").args, ["-"]);
  assertEquals(parse("a", "--quota=-").quota, "-");
  assertEquals(parse("a", "--quota", "-").quota, "-");
});

Deno.test("parseCall() keeps an argument `true` or `false` when it follows a switch", { permissions: "none" }, () => {
  for (const word of ["true", "false"]) {
    assertEquals(parse("--force", word), { args: [word], force: true, quota: undefined });
    assertEquals(parse("-f", word), { args: [word], force: true, quota: undefined });
  }
});

Deno.test("parseCall() refuses too few and too many arguments", { permissions: "none" }, () => {
  refuses([], "An argument is missing");
  refuses(["a", "b", "c\x07"], String.raw`Unexpected argument "c\u{7}"`);
  // Whoever asks for help need not know the arguments.
  assertEquals(parse("--help").args, []);
});

Deno.test("Options.number() takes whole numbers of its range and nothing else", { permissions: "none" }, () => {
  const read = (value: string) => new Options(new Map([["port", value]])).number("port", { least: 0, most: 65_535 });
  assertEquals([read("0"), read("1"), read("65535")], [0, 1, 65_535]);
  for (const value of ["-1", "65536", "1.5", "1e3", "0x10", "", " 1", "lots", "99999999999"]) {
    assertThrows(() => read(value), UsageError, `--port must be a whole number from 0 to 65535, not "${value}"`);
  }
  assertEquals(new Options(new Map()).number("port", { least: 0, most: 1 }), undefined);
});

Deno.test("Options.withDefaults() lets what was given win", { permissions: "none" }, () => {
  const given = new Options(new Map<string, string | true>([["port", "1"], ["json", true]]));
  const both = given.withDefaults(new Map<string, string | true>([["port", "2"], ["host", "::"]]));
  assertEquals([both.text("port"), both.text("host"), both.has("json"), both.has("quiet")], ["1", "::", true, false]);
});

const SUBCOMMAND: commandLine.Subcommand = {
  name: "adduser",
  usage: "NAME",
  summary: "Adds a user.",
  arity: [1, 1],
  options: ROW.options.slice(3),
  run: () => Promise.resolve(0),
};

Deno.test("parseInvocation() knows the common options of every subcommand", { permissions: "none" }, () => {
  const terminal = new FakeTerminal();
  const invocation = parseInvocation(SUBCOMMAND, ["alice", "--json", "-q", "-v", "--no-color"], terminal);
  assertEquals(invocation.args, ["alice"]);
  for (const name of ["json", "quiet", "verbose", "no-color"]) assertEquals(invocation.options.has(name), true, name);
  assertThrows(() => parseInvocation(SUBCOMMAND, [], terminal), UsageError, "usage: ftp adduser NAME [OPTIONS]");
});
