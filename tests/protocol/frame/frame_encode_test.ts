import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { encodeFrame, FrameEncoderStream } from "../../../protocol/frame/frame.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf } from "../bytes.ts";

const EMPTY = new Uint8Array(0);

Deno.test("encodeFrame() writes length and header when there is no body", { permissions: "none" }, () => {
  const chunks = encodeFrame({ header: { type: "ping", id: 7 }, body: EMPTY });
  assertEquals(chunks, [bytesOf(
    [0x00, 0x00, 0x00, 0x16], // header length: 22
    '{"type":"ping","id":7}',
  )]);
});

Deno.test("encodeFrame() adds the body's length to the header when there is a body", { permissions: "none" }, () => {
  const body = Uint8Array.of(0xff, 0x00, 0x7b);
  const chunks = encodeFrame({ header: { type: "data", id: 258 }, body });
  assertEquals(
    bytesOf(...chunks),
    bytesOf(
      [0x00, 0x00, 0x00, 0x21], // header length: 33
      '{"type":"data","id":258,"body":3}',
      [0xff, 0x00, 0x7b], // body
    ),
  );
  // The body is handed on, not copied.
  assertStrictEquals(chunks[1], body);
});

Deno.test("encodeFrame() counts bytes, not characters, when the header is not ASCII", { permissions: "none" }, () => {
  const chunks = encodeFrame({ header: { name: "é€😀" }, body: EMPTY });
  assertEquals(
    bytesOf(...chunks),
    bytesOf(
      [0x00, 0x00, 0x00, 0x14], // header length: 20 bytes, 15 UTF-16 units
      '{"name":"',
      [0xc3, 0xa9], // é
      [0xe2, 0x82, 0xac], // €
      [0xf0, 0x9f, 0x98, 0x80], // 😀
      '"}',
    ),
  );
});

Deno.test("encodeFrame() leaves fields out when they are undefined", { permissions: "none" }, () => {
  const [chunk] = encodeFrame({ header: { type: "reply", id: undefined, code: 201 }, body: EMPTY });
  assertEquals(chunk, bytesOf([0, 0, 0, 27], '{"type":"reply","code":201}'));
});

Deno.test("encodeFrame() refuses a header over 65,536 bytes and takes one of 65,536", { permissions: "none" }, () => {
  // {"a":"…"} is 8 bytes around the text.
  const headerOf = (length: number) => ({ header: { a: "x".repeat(length - 8) }, body: EMPTY });
  for (const length of [65_535, 65_536]) assertEquals(encodeFrame(headerOf(length))[0]!.length, 4 + length);
  assertEquals(assertThrows(() => encodeFrame(headerOf(65_537)), StatusError, "65537 bytes").code, 413);
});

Deno.test(
  "encodeFrame() refuses a body over 1,048,576 bytes and takes one of 1,048,576",
  { permissions: "none" },
  () => {
    const frameOf = (length: number) => ({ header: {}, body: new Uint8Array(length) });
    for (const length of [1_048_575, 1_048_576]) assertEquals(encodeFrame(frameOf(length))[1]!.length, length);
    assertEquals(assertThrows(() => encodeFrame(frameOf(1_048_577)), StatusError, "1048577 bytes").code, 413);
  },
);

Deno.test("FrameEncoderStream emits the bytes of each frame in order", { permissions: "none" }, async () => {
  const frames = ReadableStream.from([
    { header: { id: 1 }, body: Uint8Array.of(9) },
    { header: { id: 2 }, body: EMPTY, more: true },
  ]);
  const pieces = await Array.fromAsync(frames.pipeThrough(new FrameEncoderStream()));
  // A header announces its body, and a frame what its sender says.
  assertEquals(pieces.map(({ more }) => more), [true, false, true]);
  assertEquals(
    bytesOf(...pieces.map(({ bytes }) => bytes)),
    bytesOf([0, 0, 0, 17], '{"id":1,"body":1}', [9], [0, 0, 0, 8], '{"id":2}'),
  );
});
