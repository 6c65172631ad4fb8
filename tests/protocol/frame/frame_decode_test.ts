import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Frame, FrameDecoder, FrameDecoderStream, fullLimits } from "../../../protocol/frame/frame.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf, wireFrame } from "../bytes.ts";
import { splitsOf } from "../splits.ts";

const EMPTY = new Uint8Array(0);

function decodeAll(chunks: readonly Uint8Array[]): { frames: Frame[]; decoder: FrameDecoder } {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(fullLimits());
  for (const chunk of chunks) decoder.push(chunk, (frame) => frames.push(frame));
  return { frames, decoder };
}

Deno.test("FrameDecoder reads header and body when they are written out", { permissions: "none" }, () => {
  const wire = bytesOf(
    [0x00, 0x00, 0x00, 0x1f], // header length: 31
    '{"type":"data","id":3,"body":4}',
    [0xde, 0xad, 0xbe, 0xef], // body
  );
  // The body's length is the codec's own business.
  assertEquals(decodeAll([wire]).frames, [
    { header: { type: "data", id: 3 }, body: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) },
  ]);
});

Deno.test("FrameDecoder gives an empty body when `body` is absent or 0", { permissions: "none" }, () => {
  const { frames } = decodeAll([wireFrame("{}"), wireFrame('{"body":0}'), wireFrame('{"a":1,"body":0}')]);
  assertEquals(frames, [{ header: {}, body: EMPTY }, { header: {}, body: EMPTY }, { header: { a: 1 }, body: EMPTY }]);
});

Deno.test("FrameDecoder gives the same frames when the bytes are cut anywhere", { permissions: "none" }, () => {
  const wire = bytesOf(
    wireFrame('{"type":"put","id":1}'),
    wireFrame('{"type":"data","id":1,"body":7}', "content"),
    wireFrame(' { "name" : "é😀" , "body" : 1 } ', [0]),
    wireFrame("{}"),
    wireFrame('{"type":"data","id":1,"body":40}', new Uint8Array(40).fill(0x7b)),
    wireFrame('{"type":"end","id":1}'),
  );
  const expected = [
    { header: { type: "put", id: 1 }, body: EMPTY },
    { header: { type: "data", id: 1 }, body: bytesOf("content") },
    { header: { name: "é😀" }, body: bytesOf([0]) },
    { header: {}, body: EMPTY },
    { header: { type: "data", id: 1 }, body: new Uint8Array(40).fill(0x7b) },
    { header: { type: "end", id: 1 }, body: EMPTY },
  ];
  for (const { name, chunks } of splitsOf(wire)) {
    const { frames, decoder } = decodeAll(chunks);
    assertEquals(frames, expected, name);
    assert(decoder.atBoundary, name);
  }
});

Deno.test("FrameDecoder keeps what it gave when another frame follows", { permissions: "none" }, () => {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(fullLimits());
  const wire = wireFrame('{"body":6}', "abcdef");
  decoder.push(wire.slice(0, 16), (frame) => frames.push(frame));
  decoder.push(wire.slice(16), (frame) => frames.push(frame));
  decoder.push(wireFrame('{"body":6}', "ghijkl"), (frame) => frames.push(frame));
  assertEquals(frames.map(({ body }) => new TextDecoder().decode(body)), ["abcdef", "ghijkl"]);
});

Deno.test("FrameDecoder.missing is what completes the part when a part is being read", { permissions: "none" }, () => {
  const decoder = new FrameDecoder(fullLimits());
  const wire = wireFrame('{"body":1000}', new Uint8Array(1000));
  const missing = (upTo: number, from: number) => {
    decoder.push(wire.subarray(from, upTo), () => {});
    return decoder.missing;
  };
  assertEquals(decoder.missing, 4);
  assertEquals(missing(1, 0), 3);
  assertEquals(missing(4, 1), 13);
  assertEquals(missing(14, 4), 3);
  assertEquals(missing(17, 14), 1000);
  assertEquals(missing(517, 17), 500);
  assert(!decoder.atBoundary);
  assertEquals(missing(1017, 517), 4);
  assert(decoder.atBoundary);
});

Deno.test("FrameDecoderStream emits the frames whatever the chunks", { permissions: "none" }, async () => {
  const wire = bytesOf(wireFrame('{"id":1,"body":3}', "abc"), wireFrame('{"id":2}'));
  for (const { name, chunks } of splitsOf(wire)) {
    const stream = ReadableStream.from(chunks).pipeThrough(new FrameDecoderStream(fullLimits()));
    const frames = await Array.fromAsync(stream);
    assertEquals(frames, [{ header: { id: 1 }, body: bytesOf("abc") }, { header: { id: 2 }, body: EMPTY }], name);
  }
});

Deno.test("FrameDecoderStream errors when the bytes end inside a frame", { permissions: "none" }, async () => {
  const wire = wireFrame('{"body":3}', "abc");
  for (let length = 1; length < wire.length; length++) {
    const frames: Frame[] = [];
    const read = async () => {
      const cut = ReadableStream.from([wire.subarray(0, length)]);
      for await (const frame of cut.pipeThrough(new FrameDecoderStream(fullLimits()))) frames.push(frame);
    };
    const error = await assertRejects(read, StatusError, "ended inside a frame");
    assertEquals(error.code, 503);
    assertEquals(frames, [], `cut at ${length}`);
  }
});

Deno.test("FrameDecoderStream ends quietly when there were no bytes at all", { permissions: "none" }, async () => {
  const empty = ReadableStream.from<Uint8Array>([]);
  assertEquals(await Array.fromAsync(empty.pipeThrough(new FrameDecoderStream(fullLimits()))), []);
});
