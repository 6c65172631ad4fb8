import { assertEquals, assertThrows } from "@std/assert";
import { defaultKnownHosts, KnownHosts } from "../../../client/connection/known_hosts.ts";
import { fingerprintOf } from "../../../protocol/login/certificate.ts";
import { UsageError } from "../../../console/exit_status.ts";
import { FakeTerminal } from "../../fake_terminal.ts";
import { TempDir } from "../../harness.ts";

const ONE = Uint8Array.of(1, 2, 3);
const TWO = Uint8Array.of(4, 5, 6);

function lineOf(server: string, certificate: Uint8Array): string {
  return `${server} ${fingerprintOf(certificate)} ${certificate.toBase64()}`;
}

Deno.test("KnownHosts.find() gives what add() pinned, each server its own", () => {
  using temp = new TempDir();
  const hosts = new KnownHosts(temp.join("new", "folder", "known_hosts"));
  assertEquals(hosts.find("a:2121"), undefined);
  hosts.add("a:2121", ONE);
  hosts.add("[::1]:2121", TWO);
  assertEquals(hosts.find("a:2121"), { certificate: ONE, line: 1 });
  assertEquals(new KnownHosts(hosts.file).find("[::1]:2121"), { certificate: TWO, line: 2 });
  for (const other of ["a:212", "a:21210", "b:2121", ":2121", ""]) assertEquals(hosts.find(other), undefined);
});

Deno.test("KnownHosts.add() never replaces a certificate that is pinned", () => {
  using temp = new TempDir();
  const hosts = new KnownHosts(temp.join("known_hosts"));
  hosts.add("a:1", ONE);
  const before = Deno.readTextFileSync(hosts.file);
  hosts.add("a:1", TWO);
  assertEquals(Deno.readTextFileSync(hosts.file), before);
  assertEquals(before, `${lineOf("a:1", ONE)}\n`);
});

Deno.test({
  name: "KnownHosts.add() makes a file that nobody else may read",
  ignore: Deno.build.os === "windows",
  fn() {
    using temp = new TempDir();
    const hosts = new KnownHosts(temp.join("ftp", "known_hosts"));
    hosts.add("a:1", ONE);
    assertEquals(Deno.statSync(hosts.file).mode! & 0o077, 0);
    assertEquals(Deno.statSync(temp.join("ftp")).mode! & 0o077, 0);
  },
});

Deno.test("KnownHosts.find() takes a server's last line, with any line end and among comments", () => {
  using temp = new TempDir();
  const text = `# mine\n${lineOf("a:1", ONE)}\r\n\n${lineOf("a:1", TWO)}\r\n${lineOf("b:1", ONE)}`;
  const hosts = new KnownHosts(temp.file("known_hosts", text));
  assertEquals(hosts.find("a:1"), { certificate: TWO, line: 4 });
  assertEquals(hosts.find("b:1"), { certificate: ONE, line: 5 });
});

Deno.test("KnownHosts.find() refuses a damaged line instead of trusting anew", () => {
  using temp = new TempDir();
  const good = lineOf("a:1", ONE);
  const damaged = [
    "a:1 ",
    "a:1 SHA256:00",
    good.slice(0, -2),
    good.replace(/SHA256:./, "SHA256:z"),
    good.replace(/ [^ ]*$/, " !!!!"),
    `a:1 ${fingerprintOf(ONE)} ${TWO.toBase64()}`,
  ];
  for (const line of damaged) {
    const hosts = new KnownHosts(temp.file("known_hosts", `# first\n${line}\n`));
    const sentence = `Line 2 of "${hosts.file}" is damaged`;
    assertThrows(() => hosts.find("a:1"), UsageError, sentence);
    assertThrows(() => hosts.add("a:1", TWO), UsageError, sentence);
    assertEquals(hosts.find("b:1"), undefined);
  }
});

Deno.test("KnownHosts.add() begins a new line when the file does not end with one", () => {
  using temp = new TempDir();
  // As an editor may leave it.
  const hosts = new KnownHosts(temp.file("known_hosts", lineOf("a:1", ONE)));
  hosts.add("b:1", TWO);
  assertEquals(hosts.find("b:1")?.certificate, TWO);
  assertEquals(hosts.find("a:1")?.certificate, ONE);
});

Deno.test("defaultKnownHosts() is where the platform keeps settings", { permissions: "none" }, () => {
  const at = (env: Record<string, string>, os = "linux") => defaultKnownHosts(new FakeTerminal({ env, os }));
  assertEquals(at({ HOME: "/home/a" }), "/home/a/.config/ftp/known_hosts");
  assertEquals(at({ HOME: "/home/a", XDG_CONFIG_HOME: "/config" }), "/config/ftp/known_hosts");
  assertEquals(at({ XDG_CONFIG_HOME: "/config" }), "/config/ftp/known_hosts");
  assertEquals(at({ HOME: "/Users/a" }, "darwin"), "/Users/a/Library/Application Support/ftp/known_hosts");
  assertEquals(at({ APPDATA: "/roaming" }, "windows"), "/roaming/ftp/known_hosts");
  for (const os of ["linux", "darwin", "windows"]) {
    assertThrows(() => at({}, os), UsageError, "give --known-hosts FILE");
  }
});

Deno.test("row 26: KnownHosts has one pin for one host, however it is spelled, also in lines of earlier versions", () => {
  using temp = new TempDir();
  const hosts = new KnownHosts(temp.join("known_hosts"));
  const pairs = [
    ["LOCALHOST:2121", "localhost:2121"],
    ["bücher.example.:2121", "xn--bcher-kva.example:2121"],
    ["[0:0:0:0:0:0:0:1]:2121", "[::1]:2121"],
    ["127.1:2121", "127.0.0.1:2121"],
  ] as const;
  const lines = pairs.map(([old]) => `${lineOf(old, ONE)}\n`).join("");
  Deno.writeTextFileSync(hosts.file, lines);
  for (const [line, [old, now]] of pairs.entries()) {
    for (const server of [old, now]) {
      assertEquals(hosts.find(server), { certificate: ONE, line: line + 1 }, server);
      hosts.add(server, TWO);
    }
  }
  assertEquals(Deno.readTextFileSync(hosts.file), lines);
  // The last line of a server counts.
  Deno.writeTextFileSync(hosts.file, `${lines}${lineOf("LocalHost.:2121", TWO)}\n`);
  assertEquals(hosts.find("localhost:2121"), { certificate: TWO, line: 5 });
});
