import { assert, assertEquals } from "@std/assert";
import { formatCode, isStatusCode, STATUS_TEXT, StatusError } from "../../protocol/status.ts";

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

Deno.test("StatusError carries code, sentence, details and cause", { permissions: "none" }, () => {
  const cause = new Error("low");
  const error = new StatusError(404, "Not enough", { details: { needed: 2, free: 1 }, cause });
  assertEquals([error.code, error.message, error.cause], [404, "Not enough", cause]);
  assertEquals({ ...error.details }, { needed: 2, free: 1 });
  assertEquals("cause" in new StatusError(500, "x"), false);
});
