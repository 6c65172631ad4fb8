import { assertEquals, assertThrows } from "@std/assert";
import * as fields from "../../../protocol/message/fields.ts";
import type { Header } from "../../../protocol/message/header.ts";
import { StatusError } from "../../../protocol/status.ts";

const { count, countOrNone, flag, oneOf, optional, path, readFields, sha256, text, texts, time, timeIfKnown } = fields;
const NOT_COUNTS = [-1, 1.5, Infinity, -Infinity, NaN, 2 ** 53, "10", null, -0, true, [], [1], {}, undefined, 1n];

function refuses(header: Header, shape: fields.Shape, sentence: string): void {
  assertEquals(assertThrows(() => readFields(header, shape), StatusError, sentence).code, 401);
}

Deno.test("count takes safe integers from 0 and nothing else", { permissions: "none" }, () => {
  for (const n of [0, 1, 2 ** 53 - 1]) assertEquals(readFields({ n }, { n: count }).n, n);
  for (const n of NOT_COUNTS) refuses({ n }, { n: count }, 'Field "n" must be a whole number');
});

Deno.test("count refuses numbers that JSON rounds", { permissions: "none" }, () => {
  for (const n of ["9007199254740993", "1e400", "-0", "1.5", "-1"]) {
    refuses(JSON.parse(`{"n":${n}}`), { n: count }, 'Field "n"');
  }
});

Deno.test("countOrNone takes null and no other stand-in for no limit", { permissions: "none" }, () => {
  assertEquals(readFields({ n: null }, { n: countOrNone }).n, null);
  assertEquals(readFields({ n: 5 }, { n: countOrNone }).n, 5);
  for (const n of NOT_COUNTS.filter((value) => value !== null)) refuses({ n }, { n: countOrNone }, 'Field "n"');
});

Deno.test("time takes a negative number and refuses a fraction", { permissions: "none" }, () => {
  assertEquals(readFields({ t: -1 }, { t: time }).t, -1);
  for (const t of [0.5, "0", null, Infinity, 2 ** 53, -0]) refuses({ t }, { t: time }, 'Field "t"');
});

Deno.test("row 20: time takes what a Date can hold and refuses one more", { permissions: "none" }, () => {
  for (const t of [8.64e15, -8.64e15]) assertEquals(readFields({ t }, { t: time }).t, t);
  for (const t of [8.64e15 + 1, -8.64e15 - 1, 2 ** 53 - 1]) refuses({ t }, { t: time }, 'Field "t" must be a time');
});

Deno.test("row 20: timeIfKnown takes anything for an unknown time", { permissions: "none" }, () => {
  for (const t of [0, -1, 8.64e15]) assertEquals(readFields({ t }, { t: timeIfKnown }).t, t);
  for (const t of [undefined, null, "0", 1.5, NaN, 8.64e15 + 1, {}]) {
    assertEquals(readFields({ t }, { t: timeIfKnown }).t, null);
  }
  assertEquals(readFields({}, { t: timeIfKnown }).t, null);
});

Deno.test("text and flag take their own type only", { permissions: "none" }, () => {
  assertEquals(readFields({ a: "", b: false }, { a: text, b: flag }).a, "");
  for (const a of [null, 1, ["x"], { length: 1 }]) refuses({ a }, { a: text }, 'Field "a" must be a text');
  for (const b of [null, 0, 1, "true", "false"]) refuses({ b }, { b: flag }, 'Field "b" must be true or false');
});

Deno.test("texts takes 16 texts and refuses 17", { permissions: "none" }, () => {
  for (const length of [0, 15, 16]) {
    assertEquals(readFields({ a: Array(length).fill("x") }, { a: texts }).a.length, length);
  }
  refuses({ a: Array(17).fill("x") }, { a: texts }, 'Field "a"');
  refuses({ a: ["x", 1] }, { a: texts }, 'Field "a"');
  refuses({ a: "x" }, { a: texts }, 'Field "a"');
});

Deno.test("sha256 takes 64 lower-case digits and nothing near it", { permissions: "none" }, () => {
  const digest = "0123456789abcdef".repeat(4);
  assertEquals(readFields({ d: digest }, { d: sha256 }).d, digest);
  for (
    const d of [digest.slice(1), `${digest}0`, digest.toUpperCase(), `g${digest.slice(1)}`, `${digest}\n`, [digest]]
  ) {
    refuses({ d }, { d: sha256 }, 'Field "d" must be 64 hexadecimal digits');
  }
});

Deno.test("oneOf() takes its words and refuses others", { permissions: "none" }, () => {
  const shape = { w: oneOf("file", "folder") };
  assertEquals(readFields({ w: "folder" }, shape).w, "folder");
  for (const w of ["File", "", null, ["file"], "constructor"]) refuses({ w }, shape, "one of file, folder");
});

Deno.test("path resolves to a virtual path and refuses a bad name with 411", { permissions: "none" }, () => {
  assertEquals(readFields({ p: "../a//b/./c/.." }, { p: path }).p as string, "/a/b");
  const error = assertThrows(() => readFields({ p: "a\0b" }, { p: path }), StatusError);
  assertEquals(error.code, 411);
  for (const p of [1, null, ["/"], undefined]) refuses({ p }, { p: path }, 'Field "p" must be a path');
});

Deno.test("optional() allows absence, not null and not a wrong type", { permissions: "none" }, () => {
  const shape = { a: optional(flag) };
  assertEquals({ ...readFields({}, shape) }, {});
  assertEquals({ ...readFields({ a: undefined }, shape) }, {});
  assertEquals({ ...readFields({ a: true }, shape) }, { a: true });
  refuses({ a: null }, shape, 'Field "a"');
});

Deno.test("readFields() names the field when it is missing", { permissions: "none" }, () => {
  refuses({ a: "x" }, { a: text, size: count }, 'Field "size" must be a whole number');
});

Deno.test(
  "readFields() refuses unknown fields of a request and ignores those of a reply",
  { permissions: "none" },
  () => {
    refuses({ a: "x", b: 1 }, { a: text }, "not known");
    assertEquals({ ...readFields({ a: "x", b: 1 }, { a: text }, "ignore") }, { a: "x" });
  },
);

Deno.test("readFields() refuses keys that an object inherits", { permissions: "none" }, () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    refuses(JSON.parse(`{"a":"x","${key}":{"admin":true}}`), { a: text }, "not known");
  }
});

Deno.test("readFields() does not find a field in a prototype", { permissions: "none" }, () => {
  refuses({}, { constructor: text }, 'Field "constructor"');
  refuses(Object.create({ a: "inherited" }), { a: text }, 'Field "a"');
  const result = readFields(JSON.parse('{"__proto__":{"admin":true}}'), { admin: optional(flag) }, "ignore");
  assertEquals(result.admin, undefined);
});
