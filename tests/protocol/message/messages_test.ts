import { assertEquals, assertThrows } from "@std/assert";
import { encodeHeader } from "../../../protocol/message/header.ts";
import * as messages from "../../../protocol/message/messages.ts";
import { StatusError } from "../../../protocol/status.ts";

const { dataFrame, endFrame, failureHeader, failureOf, FILE_END, message, readMessage, readReply, stopFrame } =
  messages;
const EMPTY = new Uint8Array(0);
const SHA256 = "0".repeat(64);

Deno.test("dataFrame(), endFrame() and stopFrame() are as the protocol has them", { permissions: "none" }, () => {
  const body = Uint8Array.of(1);
  assertEquals(dataFrame(3, body), { header: { type: "data", id: 3 }, body });
  assertEquals(endFrame(3, { size: 1, sha256: SHA256 }), {
    header: { type: "end", id: 3, size: 1, sha256: SHA256 },
    body: EMPTY,
  });
  assertEquals(stopFrame(3), { header: { type: "stop", id: 3 }, body: EMPTY });
});

Deno.test(
  "readMessage() reads the type that is expected and ignores what a newer peer adds",
  { permissions: "none" },
  () => {
    const frame = message({ type: "end", id: 1, size: 0, sha256: SHA256, later: true });
    assertEquals({ ...readMessage(frame, "end", FILE_END) }, { id: 1, size: 0, sha256: SHA256 });
  },
);

Deno.test("readMessage() throws the failure that the peer told when it is a reply", { permissions: "none" }, () => {
  const frame = message({ type: "reply", id: 1, code: 404, message: "Not enough", needed: 10, free: 3 });
  const error = assertThrows(() => readMessage(frame, "end", FILE_END), StatusError, "Not enough");
  assertEquals(error.code, 404);
  assertEquals({ ...error.details }, { needed: 10, free: 3 });
});

Deno.test("readMessage() refuses another type, none, and one with wrong fields", { permissions: "none" }, () => {
  const headers = [{}, { type: "data", id: 1 }, { type: ["end"] }, { type: "end", id: 1, size: -1, sha256: SHA256 }, {
    type: "end",
    id: 1,
    size: 1,
    sha256: "x",
  }];
  for (const header of headers) {
    assertEquals(assertThrows(() => readMessage(message(header), "end", FILE_END), StatusError).code, 401);
  }
});

Deno.test("failureHeader() and failureOf() carry a failure over the wire whole", { permissions: "none" }, () => {
  const error = new StatusError(404, "Not enough space", { details: { needed: 10, free: 3, unit: "bytes" } });
  const header = JSON.parse(new TextDecoder().decode(encodeHeader(failureHeader(5, error))));
  assertEquals(header, {
    type: "reply",
    id: 5,
    code: 404,
    message: "Not enough space",
    needed: 10,
    free: 3,
    unit: "bytes",
  });
  const told = failureOf(readReply(header));
  assertEquals([told.code, told.message, { ...told.details }], [404, "Not enough space", { ...error.details }]);
});

Deno.test("failureHeader() keeps its own fields when details have the same names", { permissions: "none" }, () => {
  const details = { type: "data", id: 9, code: 200, message: "All well" };
  assertEquals(failureHeader(1, new StatusError(500, "Failed", { details })), {
    type: "reply",
    id: 1,
    code: 500,
    message: "Failed",
  });
});

Deno.test("failureOf() takes numbers and texts as details and nothing else", { permissions: "none" }, () => {
  const header = JSON.parse(
    '{"type":"reply","code":500,"a":1,"b":"x","c":null,"d":{"e":1},"f":[1],"g":true,"__proto__":{"h":1}}',
  );
  const error = failureOf(readReply(header));
  assertEquals(error.details, { a: 1, b: "x" });
  assertEquals(error.message, "Internal error");
});

Deno.test(
  "readReply() refuses codes that are not in the table and headers that are no reply",
  { permissions: "none" },
  () => {
    for (const code of [1, 999, -1, 200.5, "200", null, true]) {
      assertEquals(assertThrows(() => readReply({ type: "reply", code }), StatusError).code, 401, String(code));
    }
    for (const header of [{}, { code: 200 }, { type: "reply" }, { type: "reply", code: 200, message: 1 }]) {
      assertEquals(assertThrows(() => readReply(header), StatusError).code, 401);
    }
    assertEquals(readReply({ type: "notice", code: 0 }).code, 0);
  },
);
