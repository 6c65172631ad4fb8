import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { someBytes } from "../harness.ts";
import { getFrom } from "./hostile_get.ts";
import { type Lies, recordOf } from "./hostile_server.ts";
import { failuresOf, listed, SMALL_BYTES } from "./kit.ts";

const LYING_FETCHES: Record<string, { lie: NonNullable<Lies["fetch"]>; code: string }> = {
  "another file than was asked for": { lie: () => [recordOf("../outside/secret"), recordOf("b")], code: "401" },
  "files in another order": { lie: () => [recordOf("b"), recordOf("a")], code: "401" },
  "one file twice": { lie: () => [recordOf("a"), recordOf("a")], code: "401" },
  "a record too many": { lie: () => [recordOf("a"), recordOf("b"), recordOf("c")], code: "401" },
  "a record too few": { lie: () => [recordOf("a")], code: "409" },
  "a file without a digest": { lie: () => [recordOf("a", "evil", { sha256: undefined }), recordOf("b")], code: "401" },
  "a digest that is none": { lie: () => [recordOf("a", "evil", { sha256: "../x" }), recordOf("b")], code: "401" },
};

for (const [what, { lie, code }] of Object.entries(LYING_FETCHES)) {
  Deno.test(`get -r tells ${code} and keeps nothing when the server sends ${what}`, async () => {
    await using at = await getFrom({ tree: [listed("a", "file", 4), listed("b", "file", 4)], fetch: lie });
    assert(at.ran.code !== 0, at.ran.stdout);
    assertEquals(failuresOf(at.ran).filter((line) => /^\d{3} /.test(line)).map((line) => line.slice(0, 3)), [code]);
    at.check();
    assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/"]);
  });
}

Deno.test("get -r tells 409 for the one file and takes the others when its digest is wrong", async () => {
  const sha256 = "0".repeat(64);
  const fetch = () => [recordOf("a", "evil", { sha256 }), recordOf("b")];
  await using at = await getFrom({ tree: [listed("a", "file", 4), listed("b", "file", 4)], fetch });
  assertEquals([at.ran.code, failuresOf(at.ran).map((line) => line.slice(0, 6))], [1, ["409 a:"]], at.ran.stderr);
  assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/", "t/b"]);
});

Deno.test("get -r shows a refusal from the server without control characters and asks for no more", async () => {
  const fetch =
    () => [{ header: { name: "a", code: 402, message: "gone\u001b[2J\u202e" }, content: new Uint8Array(0) }];
  await using at = await getFrom({ tree: [listed("a", "file", 4)], fetch });
  assertEquals([at.ran.code, at.ran.stderr.includes("402 a: ")], [1, true], at.ran.stderr);
  assert(!/[\u202e]/.test(at.ran.stderr) && !at.ran.stderr.includes("\u001b"), at.ran.stderr);
});

Deno.test("get -r fails and keeps no part when a large file has other bytes than announced", async () => {
  const tree = [listed("big", "file", SMALL_BYTES + 1)];
  for (const size of [SMALL_BYTES, SMALL_BYTES + 2]) {
    await using at = await getFrom({ tree, get: someBytes(SMALL_BYTES + 1), accept: { size } });
    assertEquals(at.ran.code, 1, at.ran.stderr);
    assertStringIncludes(at.ran.stderr, "409 big: ");
    assertEquals(at.names.filter((name) => name.startsWith("t/")), ["t/"]);
  }
});
