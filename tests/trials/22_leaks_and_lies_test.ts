import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { KnownHosts } from "../../client/connection/known_hosts.ts";
import { Options } from "../../console/command_line.ts";
import { UsageError } from "../../console/exit_status.ts";
import { serveConfig, withConfigFile } from "../../server/config.ts";
import { ownIdentity } from "../../server/identity.ts";
import { Accounts } from "../../users/accounts.ts";
import { openDatabase } from "../../users/database.ts";
import { rootOf } from "../../users/root.ts";
import { FakeTerminal } from "../fake_terminal.ts";
import { ftpArguments, ftpCommand, type Ran, runFtp } from "../run_ftp.ts";
import { PASSWORD, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";

const isUnix = Deno.build.os !== "windows";
const SECRET = "hunter2hunter2";

/** Runs the program with a variable whose value ends with a byte that is no UTF-8, which Deno itself could not set. */
async function runWithBroken(
  variable: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const script = `${variable}="$(printf '${SECRET}\\377')" exec "$0" "$@"`;
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", script, Deno.execPath(), ...ftpArguments(args)],
    env: { NO_COLOR: "1", FTP_ROOT: "", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs the program with bytes on stdin. */
async function runWithBytes(
  args: readonly string[],
  stdin: Uint8Array,
  env: Record<string, string> = {},
): Promise<Ran> {
  const child = ftpCommand(args, { stdin: "piped", stdout: "piped", stderr: "piped", env }).spawn();
  await new Blob([new Uint8Array(stdin)]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function broken(...lines: string[]): Uint8Array {
  const bytes = lines.flatMap((line) => [...new TextEncoder().encode(line), 0xff, 0x0a]);
  return new Uint8Array(bytes);
}

Deno.test(
  "row 22: what is not UTF-8 is refused and not shown, wherever it comes from",
  { ignore: !isUnix },
  async () => {
    using temp = new TempDir();
    const root = ["--root", temp.join("root")];
    const nobody = "alice@127.0.0.1:1";
    const password = "ftp: 401 The password is not UTF-8\n";
    const runs: [Promise<Ran>, string][] = [
      [runWithBroken("FTP_PASSWORD", ["ls", `${nobody}:`]), password],
      [runWithBroken("FTP_PASSWORD", ["connect", nobody, "--verbose"]), password],
      [runWithBytes(["ls", `${nobody}:`, "--password-stdin"], broken(SECRET)), password],
      [runWithBytes(["adduser", "alice", "--password-stdin", ...root], broken(SECRET)), password],
      [runWithBroken("FTP_ROOT", ["users"]), "ftp: 401 $FTP_ROOT is not UTF-8\n"],
      [runWithBroken("XDG_DATA_HOME", ["users", "-v"]), "ftp: 401 $XDG_DATA_HOME is not UTF-8\n"],
      [runWithBroken("USER", ["ls", "127.0.0.1:1"], { FTP_PASSWORD: "x" }), "ftp: 401 $USER is not UTF-8\n"],
      [
        runWithBroken("XDG_CONFIG_HOME", ["ls", nobody], { FTP_PASSWORD: "x" }),
        "ftp: 401 $XDG_CONFIG_HOME is not UTF-8\n",
      ],
    ];
    for (const [run, sentence] of runs) assertEquals(await run, { code: 2, stdout: "", stderr: sentence });
    // What says nothing about us may be what it likes.
    for (const variable of ["NO_COLOR", "INIT_CWD", "npm_command"]) {
      const { code, stderr } = await runWithBroken(variable, ["--version"], { INIT_CWD: "/" });
      assertEquals([code, stderr], [0, ""], variable);
    }
  },
);

Deno.test("row 22: commands that are not UTF-8 are refused and not replaced", { ignore: !isUnix }, async () => {
  await using server = await TestServer.start(["--no-tls"]);
  using temp = new TempDir();
  await server.addUsers("1M", "alice");
  const call = ["connect", `alice@${server.address}`, "--no-tls", "--batch"];
  const lines = new Uint8Array([...new TextEncoder().encode("mkdir fine\n"), ...broken("mkdir b")]);
  const piped = await runWithBytes([...call, "-"], lines, { FTP_PASSWORD: PASSWORD });
  assertEquals(piped.code, 2);
  assertStringIncludes(piped.stderr, "ftp: 401 Line 2 of stdin is not UTF-8\n");
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name), ["fine"]);
  const file = temp.file("batch", broken("mkdir c"));
  const filed = await runFtp([...call, file], { env: { FTP_PASSWORD: PASSWORD } });
  assertEquals([filed.code, filed.stderr], [2, `ftp: 401 --batch "${file}" is not UTF-8\n`]);
  // A byte order mark and CRLF are what some editors write.
  const marked = temp.file("marked", "\uFEFFmkdir d\r\nrmdir fine\r\n");
  assertEquals((await server.ftp(["connect", `alice@${server.address}`, "--batch", marked])).code, 0);
  assertEquals([...Deno.readDirSync(server.home("alice"))].map(({ name }) => name), ["d"]);
});

Deno.test("row 22: $FTP_PASSWORD never becomes the password of an account", async () => {
  using temp = new TempDir();
  const root = temp.join("root");
  const env = { FTP_PASSWORD: "the password of mine", FTP_ROOT: root };
  const stdin = `${PASSWORD}\n`;
  assertEquals((await runFtp(["adduser", "alice", "--password-stdin"], { env, stdin })).code, 0);
  const credential = () => {
    using database = openDatabase(join(root, "ftp.db"));
    return new Accounts(database).list().map(({ name, credential }) => [name, credential]);
  };
  const before = credential();
  for (const args of [["passwd", "alice"], ["adduser", "bob"]]) {
    assertEquals(await runFtp(args, { env }), {
      code: 2,
      stdout: "",
      stderr:
        "ftp: 401 No terminal to ask for the new password; give --password-stdin ($FTP_PASSWORD is for logging in)\n",
    });
  }
  assertEquals(credential(), before);
  // What was asked for is said, with --quiet, too.
  const asked = await runFtp(["quota", "alice", "--quiet"], { env });
  assertEquals(asked.stdout, "alice: 0 B used, 0 B reserved, quota 500.0 MiB\n");
  assertEquals((await runFtp(["quota", "alice", "5M", "--quiet"], { env })).stdout, "");
});

/** The options of a configuration file, with those of a command line before them. */
function optionsOf(file: string, given: Record<string, string> = {}): Options {
  return withConfigFile(new Options(new Map(Object.entries({ config: file, ...given }))));
}

Deno.test("row 22: serve takes the root from the configuration, seen from its folder", async () => {
  using temp = new TempDir();
  Deno.mkdirSync(temp.join("etc"));
  const file = temp.file("etc/ftp.toml", '\uFEFFroot = "data"\r\nport = 0\r\nhost = "127.0.0.1"\r\n');
  const env = { FTP_ROOT: temp.join("other") };
  const child = ftpCommand(["serve", "--config", file], { stdout: "piped", stderr: "piped", cwd: temp.path, env })
    .spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await reader.cancel();
  child.kill("SIGKILL");
  const { code } = await child.status;
  assert(value.startsWith("listening on 127.0.0.1:"), `${value} ${code} ${await new Response(child.stderr).text()}`);
  assert(Deno.statSync(temp.join("etc", "data", "ftp.db")).isFile);
  assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name), ["etc"]);

  const terminal = new FakeTerminal({ env: { FTP_ROOT: "/from/env", XDG_DATA_HOME: "/xdg" } });
  const rootFrom = (options: Options) => rootOf({ options, terminal }).directory;
  assertEquals(rootFrom(optionsOf(file)), temp.join("etc", "data"));
  assertEquals(rootFrom(optionsOf(file, { root: "/command/line" })), "/command/line");
  assertEquals(rootFrom(optionsOf(temp.file("absolute.toml", 'root = "/absolute"'))), "/absolute");
  assertEquals(rootFrom(optionsOf(temp.file("empty.toml", ""))), "/from/env");
  const files = temp.file("etc/files.toml", 'cert = "c.pem"\nkey = "/k.pem"\nsecret-file = "../s"\nport = 5\n');
  const { certificate, secretFile, port } = serveConfig(optionsOf(files, { port: "6" }));
  assertEquals([certificate, secretFile, port], [
    { cert: temp.join("etc", "c.pem"), key: "/k.pem" },
    temp.join("s"),
    6,
  ]);
});

Deno.test("row 22: serve refuses a configuration that it would not obey as written", () => {
  using temp = new TempDir();
  const rows: readonly (readonly [text: string | Uint8Array, reason: string])[] = [
    ["port = 1\nport = 2", 'line 2: "port" is given more than once'],
    ['port = 1\n"port" = 2', 'line 2: "port" is given more than once'],
    ["port = 1 host = 'x'", 'line 1: the value of "port" does not end with its line'],
    ["prot = 1", 'Unknown option "prot"'],
    ["__proto__ = 1", 'Unknown option "__proto__"'],
    ['constructor = "x"', 'Unknown option "constructor"'],
    ["quiet = true", 'Unknown option "quiet"'],
    ['config = "other"', 'Unknown option "config"'],
    ["port.number = 1", 'Unknown option "port.number"'],
    ["[limits]\nport = 1", "line 1: there is no table [limits]"],
    ["[port]", "line 1: there is no table [port]"],
    ["port = [1]", 'line 1: the value of "port" is no text, number, true or false'],
    ["port = true", 'Option "port" in'],
    ["root = 5", 'Option "root" in'],
    ["no-tls = 1", 'Option "no-tls" in'],
    ['no-tls = "true"', 'Option "no-tls" in'],
    ['root = ""', 'Option "root" in'],
    ['cert = ""', 'Option "cert" in'],
    ["port = 70000", "--port must be a whole number from 0 to 65535"],
    ["idle-timeout = 1.5", "--idle-timeout must be a whole number"],
    ['default-quota = "lots"', "Not a size"],
    ["disk-reserve = -1", "Not a size"],
    ['log-level = "loud"', "--log-level must be"],
    ['max-startups = "1"', "--max-startups must look like"],
    [broken("port = 1"), "it is not UTF-8"],
  ];
  for (const [text, reason] of rows) {
    const file = temp.file("c.toml", text);
    assertThrows(() => serveConfig(optionsOf(file)), UsageError, reason);
  }
});

Deno.test("row 22: a byte order mark or CRLF does not hide a pinned certificate", async () => {
  using temp = new TempDir();
  await ownIdentity(temp.join("tls"));
  const pem = Deno.readTextFileSync(temp.join("tls", "cert.pem"));
  const der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
  const hosts = new KnownHosts(temp.join("known_hosts"));
  hosts.add("a:1", der);
  const line = Deno.readTextFileSync(hosts.file);
  Deno.writeTextFileSync(hosts.file, `\uFEFF${line.replace("\n", "\r\n")}`);
  assertEquals(hosts.find("a:1")?.line, 1);
});
