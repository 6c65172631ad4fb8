import { assert, assertEquals } from "@std/assert";
import * as status from "../../protocol/status.ts";

const { ConnectionError, EXIT, exitStatusOf, formatCode, isStatusCode, STATUS_TEXT, StatusError, UsageError } = status;

Deno.test("STATUS_TEXT keeps the codes that are given", { permissions: "none" }, () => {
  for (const code of [0, 200, 201, 202, 203, 205, 400, 401, 402, 403, 404, 405]) assert(isStatusCode(code), `${code}`);
  for (const [code, text] of Object.entries(STATUS_TEXT)) {
    assert(/^[A-Z][^.]*$/.test(text), `${code}: a capital first, no full stop`);
  }
});

Deno.test("isStatusCode() refuses what is not in the table", { permissions: "none" }, () => {
  for (const value of [1, 204, 999, -0.5, NaN, "200", null, undefined, "toString", {}]) {
    assertEquals(isStatusCode(value), false);
  }
});

Deno.test("formatCode() writes three digits", { permissions: "none" }, () => {
  assertEquals([formatCode(0), formatCode(404)], ["000", "404"]);
});

Deno.test("exitStatusOf() gives the exit status of each class of failure", { permissions: "none" }, () => {
  const cases: [unknown, number][] = [
    [new UsageError("x"), 2],
    [new ConnectionError("x"), 3],
    [new StatusError(206, "x"), 130],
    [new StatusError(400, "x"), 4],
    [new StatusError(404, "x"), 5],
    [new StatusError(409, "x"), 6],
    [new StatusError(429, "x"), 3],
    [new StatusError(503, "x"), 3],
    [new StatusError(401, "x"), 1],
    [new StatusError(402, "x"), 1],
    [new StatusError(403, "x"), 1],
    [new StatusError(500, "x"), 1],
    [new TypeError("x"), 1],
    ["x", 1],
    [undefined, 1],
  ];
  for (const [error, expected] of cases) assertEquals(exitStatusOf(error), expected, String(error));
  assertEquals([EXIT.done, EXIT.interrupted], [0, 130]);
});

Deno.test("StatusError carries code, sentence, details and cause", { permissions: "none" }, () => {
  const cause = new Error("low");
  const error = new StatusError(404, "Not enough", { details: { needed: 2, free: 1 }, cause });
  assertEquals([error.code, error.message, error.cause], [404, "Not enough", cause]);
  assertEquals({ ...error.details }, { needed: 2, free: 1 });
  assertEquals([new UsageError("x").code, new ConnectionError("x").code], [401, 503]);
  assertEquals("cause" in new StatusError(500, "x"), false);
});
