import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { optionsOf, type Subcommand, usageOf } from "../../console/command_line.ts";
import { helpOf, helpRecord, overviewOf } from "../../console/help.ts";

const SUBCOMMAND: Subcommand = {
  name: "adduser",
  usage: "NAME",
  summary: "Adds a user.",
  arity: [1, 1],
  options: [{ name: "quota", short: "u", value: "SIZE", help: "what it may hold" }],
  run: () => Promise.resolve(0),
};

Deno.test("helpOf() shows usage, summary and a line for each option", { permissions: "none" }, () => {
  const help = helpOf(SUBCOMMAND);
  assertStringIncludes(help, "usage: ftp adduser NAME [OPTIONS]\n\nAdds a user.\n");
  assertMatch(help, /^ {2}-u, --quota SIZE {2}/m);
  for (const { name } of optionsOf(SUBCOMMAND)) assertStringIncludes(help, `--${name}`);
  assertEquals(usageOf({ name: "users", usage: "" }), "users [OPTIONS]");
});

Deno.test("overviewOf() shows a line for each subcommand", { permissions: "none" }, () => {
  assertMatch(overviewOf([SUBCOMMAND]), /^ {2}ftp adduser NAME {2,}Adds a user\.$/m);
});

Deno.test("helpRecord() says the same to a program", { permissions: "none" }, () => {
  const { options, ...record } = JSON.parse(JSON.stringify(helpRecord(SUBCOMMAND)));
  assertEquals(record, { ok: true, command: "adduser", usage: "NAME", summary: "Adds a user." });
  assertEquals(options[0], { name: "quota", short: "u", value: "SIZE", help: "what it may hold" });
});
