import { assertEquals } from "@std/assert";
import { ConnectionError, EXIT, exitStatusOf, UsageError } from "../../console/exit_status.ts";
import { StatusError } from "../../protocol/status.ts";

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

Deno.test("UsageError and ConnectionError have the codes of what they tell", { permissions: "none" }, () => {
  assertEquals([new UsageError("x").code, new ConnectionError("x").code], [401, 503]);
});
