import { assertEquals, assertThrows } from "@std/assert";
import { BODY_LIMIT_BYTES, DATA_FRAME_BYTES, HEADER_LIMIT_BYTES } from "../../../protocol/limits.ts";
import { RECORD_LIMIT_BYTES, RecordPacker, unpackRecords } from "../../../protocol/message/record.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf, type Part, u32 } from "../bytes.ts";

const permissions = "none";

/** A record on the wire, made without the code under test. */
function wireRecord(header: Part, content: Part = []): Uint8Array {
  const [text, bytes] = [bytesOf(header), bytesOf(content)];
  return bytesOf(u32(text.length), u32(bytes.length), text, bytes);
}

function refusal(body: Uint8Array): number {
  return assertThrows(() => [...unpackRecords(body)], StatusError).code;
}

/** A header of exactly so many bytes in JSON. */
function headerOf(bytes: number): { name: string } {
  return { name: "n".repeat(bytes - '{"name":""}'.length) };
}

Deno.test("RecordPacker writes lengths, header and content when records are added", { permissions }, () => {
  const packer = new RecordPacker();
  packer.add({ name: "é" }, bytesOf("abc"));
  packer.add({ name: "d", entry: "folder" }, new Uint8Array(0));
  const expected = bytesOf(
    [0, 0, 0, 13],
    [0, 0, 0, 3],
    '{"name":"é"}',
    "abc",
    [0, 0, 0, 29],
    [0, 0, 0, 0],
    '{"name":"d","entry":"folder"}',
  );
  assertEquals(packer.length, expected.length);
  assertEquals(packer.take(), expected);
});

Deno.test("take() leaves nothing behind and its body alone when more is added", { permissions }, () => {
  const packer = new RecordPacker();
  assertEquals(packer.take(), new Uint8Array(0));
  packer.add({ name: "a" }, bytesOf("first"));
  const first = packer.take();
  assertEquals(packer.length, 0);
  packer.add({ name: "b" }, bytesOf("other"));
  assertEquals(first, wireRecord('{"name":"a"}', "first"));
  assertEquals(packer.take(), wireRecord('{"name":"b"}', "other"));
});

Deno.test("take() gives bodies that last until the one after the next is begun", { permissions }, () => {
  const packer = new RecordPacker();
  const bodies = ["a", "b"].map((name) => {
    packer.add({ name }, bytesOf(name));
    return packer.take();
  });
  assertEquals(bodies, ["a", "b"].map((name) => wireRecord(`{"name":"${name}"}`, name)));
});

Deno.test("add() leaves for the next body what would make this one longer than a data frame", { permissions }, () => {
  const header = '{"name":"a"}';
  const overhead = wireRecord(header).length;
  for (const [more, isAdded] of [[-1, true], [0, true], [1, false]] as const) {
    const packer = new RecordPacker();
    assertEquals(packer.add({ name: "a" }, new Uint8Array(1_000)), true);
    const content = new Uint8Array(DATA_FRAME_BYTES - 1_000 - 2 * overhead + more).fill(7);
    assertEquals(packer.add({ name: "a" }, content), isAdded, `${more}`);
    const first = packer.take();
    assertEquals(first.length, isAdded ? DATA_FRAME_BYTES + more : 1_000 + overhead);
    if (isAdded) continue;
    assertEquals(packer.add({ name: "a" }, content), true);
    assertEquals(packer.take(), wireRecord(header, content));
  }
});

Deno.test("add() takes the longest record alone, and its body is within the limit", { permissions }, () => {
  const packer = new RecordPacker();
  const longest = new Uint8Array(RECORD_LIMIT_BYTES);
  assertEquals(packer.add({ name: "a" }, bytesOf("first")), true);
  assertEquals(packer.add(headerOf(HEADER_LIMIT_BYTES), longest), false);
  assertEquals(packer.take(), wireRecord('{"name":"a"}', "first"));
  assertEquals(packer.add(headerOf(HEADER_LIMIT_BYTES), longest), true);
  assertEquals(packer.add({ name: "b" }, new Uint8Array(0)), false);
  assertEquals(packer.take().length, BODY_LIMIT_BYTES);
});

Deno.test("add() refuses with 413 and adds nothing when header or content is over its limit", { permissions }, () => {
  const packer = new RecordPacker();
  packer.add({ name: "a" }, bytesOf("kept"));
  const tooMuch = new Uint8Array(RECORD_LIMIT_BYTES + 1);
  assertEquals(assertThrows(() => packer.add({ name: "b" }, tooMuch), StatusError).code, 413);
  const tooLong = headerOf(HEADER_LIMIT_BYTES + 1);
  assertEquals(assertThrows(() => packer.add(tooLong, bytesOf("c")), StatusError).code, 413);
  assertEquals(packer.take(), wireRecord('{"name":"a"}', "kept"));
});

Deno.test("unpackRecords() reads back what was packed when sizes are at their limits", { permissions }, () => {
  for (const less of [1, 0]) {
    const packer = new RecordPacker();
    const content = new Uint8Array(RECORD_LIMIT_BYTES - less).fill(less);
    packer.add(headerOf(HEADER_LIMIT_BYTES - less), content);
    const [record, ...others] = unpackRecords(packer.take());
    assertEquals(others, []);
    assertEquals(record!.header, headerOf(HEADER_LIMIT_BYTES - less));
    assertEquals(record!.content, content);
  }
});

Deno.test("unpackRecords() refuses with 413 when a length is one over its limit", { permissions }, () => {
  const header = '{"name":"a"}';
  assertEquals(refusal(wireRecord(header, new Uint8Array(RECORD_LIMIT_BYTES + 1))), 413);
  assertEquals(refusal(wireRecord(`{"name":"${"n".repeat(HEADER_LIMIT_BYTES - 10)}"}`)), 413);
  // The length alone decides: what it speaks of need not be there.
  assertEquals(refusal(bytesOf(u32(12), u32(RECORD_LIMIT_BYTES + 1), header)), 413);
  assertEquals(refusal(bytesOf(u32(0xffff_ffff), u32(0), header)), 413);
  assertEquals(refusal(bytesOf(u32(12), u32(0xffff_ffff), header)), 413);
});

Deno.test("unpackRecords() refuses with 401 when a record is cut anywhere", { permissions }, () => {
  const whole = wireRecord('{"name":"a"}', "content");
  for (let length = 1; length < whole.length; length++) {
    assertEquals(refusal(whole.subarray(0, length)), 401, `${length}`);
  }
  assertEquals([...unpackRecords(new Uint8Array(0))], []);
});

Deno.test(
  "unpackRecords() gives the records before it and then refuses when a later one is cut",
  { permissions },
  () => {
    const first = wireRecord('{"name":"a"}', "1");
    for (const rest of [[0], u32(1), [...u32(2), ...u32(1), 0x7b, 0x7d]]) {
      const names: unknown[] = [];
      const read = () => {
        for (const { header } of unpackRecords(bytesOf(first, rest))) names.push(header.name);
      };
      assertEquals(assertThrows(read, StatusError).code, 401);
      assertEquals(names, ["a"]);
    }
  },
);

Deno.test("unpackRecords() refuses with 401 when the header is no JSON object", { permissions }, () => {
  for (const header of ["", "[]", "1", "null", '"a"', "{", '{"a":1}x', [0xff, 0xfe], '{"a":"\\ud800"}']) {
    assertEquals(refusal(wireRecord(header, "x")), 401, `${header}`);
  }
});

Deno.test(
  "unpackRecords() reads a body that is a view of a larger buffer when it does not begin at 0",
  { permissions },
  () => {
    const record = wireRecord('{"name":"a"}', "1");
    const body = bytesOf([1, 2, 3], record, [9, 9, 9, 9, 9, 9, 9, 9]).subarray(3, 3 + record.length);
    const [found, ...others] = unpackRecords(body);
    assertEquals([found!.header, found!.content, others], [{ name: "a" }, bytesOf("1"), []]);
  },
);
