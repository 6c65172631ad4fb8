import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Frame, FrameDecoder, type FrameLimits, fullLimits } from "../../../protocol/frame/frame.ts";
import { StatusError } from "../../../protocol/status.ts";
import { bytesOf, u32, wireFrame } from "../bytes.ts";

function decode(wire: Uint8Array, limits: FrameLimits = fullLimits()): Frame[] {
  const frames: Frame[] = [];
  new FrameDecoder(limits).push(wire, (frame) => frames.push(frame));
  return frames;
}

/** A header of exactly so many bytes. */
function headerOf(length: number): string {
  return `{"a":"${"x".repeat(length - 8)}"}`;
}

Deno.test("FrameDecoder refuses a header over the limit and takes one at it", { permissions: "none" }, () => {
  for (const limit of [4_096, 65_536]) {
    const limits = { headerBytes: limit, bodyBytes: 0 };
    for (const length of [limit - 1, limit]) {
      assertEquals((decode(wireFrame(headerOf(length)), limits)[0]!.header.a as string).length, length - 8);
    }
    const error = assertThrows(() => decode(wireFrame(headerOf(limit + 1)), limits), StatusError, `${limit + 1} bytes`);
    assertEquals(error.code, 413);
  }
});

Deno.test("FrameDecoder refuses a body over the limit and takes one at it", { permissions: "none" }, () => {
  const limit = fullLimits().bodyBytes;
  assertEquals(limit, 1_048_576);
  for (const length of [limit - 1, limit]) {
    const wire = bytesOf(wireFrame(`{"body":${length}}`));
    const frames: Frame[] = [];
    const decoder = new FrameDecoder(fullLimits());
    decoder.push(wire, (frame) => frames.push(frame));
    assertEquals(decoder.missing, length);
    decoder.push(new Uint8Array(length), (frame) => frames.push(frame));
    assertEquals(frames[0]!.body.length, length);
  }
  // Refused by the header alone: not one byte of the body has to arrive.
  const error = assertThrows(() => decode(wireFrame(`{"body":${limit + 1}}`)), StatusError, `${limit + 1} bytes`);
  assertEquals(error.code, 413);
});

Deno.test(
  "FrameDecoder refuses a length before memory is taken when only the prefix is there",
  { permissions: "none" },
  () => {
    for (const prefix of [[0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], u32(65_537)]) {
      const decoder = new FrameDecoder(fullLimits());
      const error = assertThrows(() => decoder.push(Uint8Array.from(prefix), () => {}), StatusError, "over the limit");
      assertEquals(error.code, 413);
      // A source sizes its buffer by `missing`.
      assert(decoder.missing <= 4);
    }
  },
);

Deno.test("FrameDecoder refuses a header of no bytes", { permissions: "none" }, () => {
  assertEquals(assertThrows(() => decode(Uint8Array.of(0, 0, 0, 0)), StatusError, "empty").code, 401);
});

Deno.test("FrameDecoder refuses a body length when it is not a whole number from 0", { permissions: "none" }, () => {
  const lengths = ["-1", "1.5", "1e400", "-1e400", "9007199254740993", '"10"', "null", "-0", "true", "[]", "[1]", "{}"];
  for (const length of lengths) {
    const read = () => decode(wireFrame(`{"body":${length}}`, new Uint8Array(16)));
    assertEquals(assertThrows(read, StatusError, "whole number").code, 401, length);
  }
});

Deno.test("FrameDecoder obeys limits that are raised between two frames", { permissions: "none" }, () => {
  const limits: FrameLimits = { headerBytes: 8, bodyBytes: 0 };
  const decoder = new FrameDecoder(limits);
  const frames: Frame[] = [];
  decoder.push(wireFrame('{"id":1}'), (frame) => frames.push(frame));
  Object.assign(limits, fullLimits());
  decoder.push(wireFrame('{"id":2,"body":2}', "ab"), (frame) => frames.push(frame));
  assertEquals(frames.map(({ header }) => header.id), [1, 2]);
});

Deno.test("FrameDecoder reads the bytes after a body as the next frame when more were sent than declared", {
  permissions: "none",
}, () => {
  // "http" as a length is far over the limit.
  const wire = bytesOf(wireFrame('{"body":2}', "ab"), "http");
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(fullLimits());
  assertEquals(assertThrows(() => decoder.push(wire, (frame) => frames.push(frame)), StatusError).code, 413);
  assertEquals(frames.length, 1);
});

Deno.test("FrameDecoder refuses what other protocols open with", { permissions: "none" }, () => {
  for (const opening of ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 127.0.0.1", "USER anonymous\r\n", "SSH-2.0-x\r\n"]) {
    assertEquals(assertThrows(() => decode(bytesOf(opening)), StatusError).code, 413, opening);
  }
  const clientHello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01];
  assertEquals(assertThrows(() => decode(bytesOf(clientHello)), StatusError).code, 413);
});
