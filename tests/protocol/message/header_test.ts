import { assertEquals, assertThrows } from "@std/assert";
import { decodeHeader, decodeList, encodeHeader } from "../../../protocol/message/header.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf, type Part } from "../bytes.ts";

function refuses(header: Part, sentence: string): void {
  const error = assertThrows(() => decodeHeader(bytesOf(header)), StatusError, sentence);
  assertEquals(error.code, 401);
}

Deno.test("encodeHeader() and decodeHeader() give back what went in", { permissions: "none" }, () => {
  const header = { type: "put", path: "/é😀", size: 9_007_199_254_740_991, list: ["a", null, true], deep: { x: 0 } };
  assertEquals(decodeHeader(encodeHeader(header)), header);
});

Deno.test("decodeHeader() refuses what is not UTF-8", { permissions: "none" }, () => {
  const around = (...bad: number[]) => bytesOf('{"a":"', bad, '"}');
  for (
    const bad of [
      around(0xc0, 0xae), // an overlong "."
      around(0xed, 0xa0, 0x80), // a surrogate in UTF-8
      around(0xff),
      around(0xf4, 0x90, 0x80, 0x80), // beyond U+10FFFF
      around(0xe2, 0x82), // cut
    ]
  ) refuses(bad, "not UTF-8 JSON");
});

Deno.test("decodeHeader() refuses a byte order mark", { permissions: "none" }, () => {
  refuses(bytesOf([0xef, 0xbb, 0xbf], "{}"), "not UTF-8 JSON");
});

Deno.test("decodeHeader() refuses a lone surrogate in a value, a key or a nested list", { permissions: "none" }, () => {
  for (const text of [String.raw`{"a":"\ud800"}`, String.raw`{"\udc00":1}`, String.raw`{"a":[["x\ud800y"]]}`]) {
    refuses(text, "lone surrogate");
  }
  assertEquals(decodeHeader(bytesOf(String.raw`{"a":"\ud83d\ude00"}`)), { a: "😀" });
});

Deno.test("decodeHeader() refuses what is not strict JSON", { permissions: "none" }, () => {
  const bad = [
    '{"a":1',
    '{"a":"\\',
    '{"a":"x',
    "{'a':1}",
    '{"a":1,}',
    "{a:1}",
    '{"a":NaN}',
    '{"a":01}',
    "{} {}",
    "{}\0",
  ];
  for (const text of [...bad, '{"a":"\n"}', "/* */{}", " ", "\0"]) refuses(text, "not UTF-8 JSON");
});

Deno.test("decodeHeader() refuses JSON that is not an object", { permissions: "none" }, () => {
  for (const text of ["[]", "null", "1", '"a"', "true", "[{}]"]) refuses(text, "not a JSON object");
});

Deno.test("decodeHeader() takes four levels and refuses five", { permissions: "none" }, () => {
  assertEquals(decodeHeader(bytesOf('{"a":{"b":[{"c":1}]}}')), { a: { b: [{ c: 1 }] } });
  refuses('{"a":{"b":[{"c":[]}]}}', "nested too deeply");
  refuses('{"a":[[[[]]]]}', "nested too deeply");
});

Deno.test("decodeHeader() does not run out of stack when brackets fill the header", { permissions: "none" }, () => {
  const depth = 32_000;
  refuses(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`, "nested too deeply");
  refuses("[".repeat(65_536), "not UTF-8 JSON");
});

Deno.test("decodeHeader() keeps `__proto__` a plain key when a peer sends it", { permissions: "none" }, () => {
  const header = decodeHeader(bytesOf('{"__proto__":{"admin":true}}'));
  assertEquals(header.admin, undefined);
  assertEquals(Object.keys(header), ["__proto__"]);
});

Deno.test("row 26: decodeHeader() and decodeList() refuse a key that is there twice, in whatever spelling", {
  permissions: "none",
}, () => {
  const twice = [
    '{"command":"ls","command":"rm"}',
    String.raw`{"command":"ls","comm\u0061nd":"rm"}`,
    '{"a":1,"b":{"c":1,"c":2}}',
    '{"a":[{"c":1,"c":2}]}',
    '{"a":1, "a" :1}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    // Colons in texts are no keys, and do not make up for them.
    '{"a":"x:y","a":"z"}',
    String.raw`{"a":"\":\\","a":1}`,
  ];
  for (const text of twice) {
    refuses(text, "a field twice");
    assertThrows(() => decodeList(`[{"z":0},${text}]`), StatusError, "a field twice");
  }
});

Deno.test("row 26: decodeHeader() takes colons and quotes in texts, and the same key in two objects", {
  permissions: "none",
}, () => {
  const headers = [
    { a: "x:y", "b:c": ":" },
    { a: '":', '":': '\\":"' },
    { a: { x: 1 }, b: { x: 1 }, c: [{ x: 1 }, { x: 1 }] },
    { a: "\\", b: "\\\\:" },
    { a: [], b: ["a:b", ["c:d"]] },
  ];
  for (const header of headers) assertEquals(decodeHeader(encodeHeader(header)), header);
  assertEquals(decodeList(JSON.stringify(headers)), headers);
});
