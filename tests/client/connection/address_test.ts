import { assertEquals, assertThrows } from "@std/assert";
import { formatServer, parseAddress, parseRemoteSpec, portOf } from "../../../client/connection/address.ts";
import { UsageError } from "../../../console/exit_status.ts";

function address(user: string | undefined, host: string, port?: number) {
  return { user, host, port };
}

Deno.test("parseAddress() reads user, host and port", { permissions: "none" }, () => {
  assertEquals(parseAddress("example.com"), address(undefined, "example.com"));
  assertEquals(parseAddress("alice@example.com"), address("alice", "example.com"));
  assertEquals(parseAddress("alice@example.com:2222"), address("alice", "example.com", 2222));
  assertEquals(parseAddress("127.0.0.1:1"), address(undefined, "127.0.0.1", 1));
  assertEquals(parseAddress("a@[::1]:65535"), address("a", "::1", 65_535));
  assertEquals(parseAddress("[fe80::1%eth0]"), address(undefined, "fe80::1%eth0"));
});

Deno.test("parseAddress() refuses what is no server", { permissions: "none" }, () => {
  const bad = [
    "",
    "@",
    "alice@",
    "@host",
    "host:",
    "host:x",
    "host:-1",
    "host:123456",
    "a b",
    "a@b@c",
    "::1",
    "[::1",
    "host/x",
  ];
  for (const text of bad) assertThrows(() => parseAddress(text), UsageError, "Not a server");
  for (const port of ["0", "65536", "99999"]) {
    assertThrows(() => parseAddress(`host:${port}`), UsageError, `Not a port: ${port}`);
  }
});

Deno.test(
  "parseAddress() refuses a password on the command line and does not repeat it",
  { permissions: "none" },
  () => {
    for (const parse of [parseAddress, parseRemoteSpec]) {
      for (const text of ["alice:hunter2@host", "alice:hunter2@host:2121", "alice:@host:path"]) {
        const error = assertThrows(() => parse(text), UsageError, "A password does not belong on the command line");
        assertEquals(error.message.includes("hunter2"), false);
      }
    }
  },
);

Deno.test("parseRemoteSpec() reads a path after the last colon of the address", { permissions: "none" }, () => {
  const cases: [string, ReturnType<typeof address>, string][] = [
    ["host:a.txt", address(undefined, "host"), "a.txt"],
    ["alice@host:", address("alice", "host"), ""],
    ["alice@host:/a/b", address("alice", "host"), "/a/b"],
    ["alice@host:2222:a:b", address("alice", "host", 2222), "a:b"],
    ["host:22", address(undefined, "host"), "22"],
    ["[::1]:x", address(undefined, "::1"), "x"],
    ["a@[::1]:2222:x y", address("a", "::1", 2222), "x y"],
    ["alice@host:a@b:c", address("alice", "host"), "a@b:c"],
    ["host:a\nb", address(undefined, "host"), "a\nb"],
  ];
  for (const [text, server, path] of cases) assertEquals(parseRemoteSpec(text), { address: server, path }, text);
});

Deno.test("parseRemoteSpec() gives nothing when the text is a local path", { permissions: "none" }, () => {
  for (const text of ["a.txt", "./a:b", "/tmp/a:b", "../x:y", "dir/a:b", "", ".", "C:\\x", "c:/x", "a@b"]) {
    assertEquals(parseRemoteSpec(text), undefined, text);
  }
});

Deno.test("portOf() takes the address, else the option, else 2121", { permissions: "none" }, () => {
  assertEquals(portOf(address(undefined, "h", 1), 2), 1);
  assertEquals(portOf(address(undefined, "h"), 2), 2);
  assertEquals(portOf(address(undefined, "h"), undefined), 2121);
});

Deno.test("formatServer() puts IPv6 into brackets", { permissions: "none" }, () => {
  assertEquals(formatServer("example.com", 2121), "example.com:2121");
  assertEquals(formatServer("::1", 22), "[::1]:22");
});

Deno.test("row 26: parseAddress() has one spelling for one host", { permissions: "none" }, () => {
  const rows: [string, string][] = [
    ["LOCALHOST", "localhost"],
    ["localhost.", "localhost"],
    ["[0:0:0:0:0:0:0:1]", "::1"],
    ["[FE80::0:1%eth0]", "fe80::1%eth0"],
    ["127.1", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["XN--BCHER-KVA.example.", "xn--bcher-kva.example"],
    ["my_host-2", "my_host-2"],
  ];
  for (const [text, host] of rows) {
    assertEquals(parseAddress(`alice@${text}:2121`), address("alice", host, 2121));
    assertEquals(parseRemoteSpec(`${text}:path`), { address: address(undefined, host), path: "path" });
  }
});

Deno.test("row 26: parseAddress() refuses what would be cut off or decoded", { permissions: "none" }, () => {
  for (const text of ["a#b", "a?b", "a%2eb", "a\\b", "a^b", "256.256.256.256"]) {
    assertThrows(() => parseAddress(text), UsageError, `Not a host: "${text}"`);
  }
});
