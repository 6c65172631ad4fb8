import { assertEquals } from "@std/assert";
import { reasonOf } from "../../console/reason.ts";

Deno.test("reasonOf() says why in words, and nothing of the runtime's", { permissions: "none" }, () => {
  const withCode = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code });
  for (
    const [error, reason] of [
      [withCode("ECONNREFUSED"), "nothing listens there"],
      [withCode("ENOTFOUND"), "there is no such host"],
      [new Deno.errors.ConnectionRefused("Connection refused (os error 111)"), "nothing listens there"],
      [new Deno.errors.NotFound("No such file or directory (os error 2): readfile '/x'"), "it does not exist"],
      [new Deno.errors.NotCapable("Requires all access"), "it is out of reach, as all below /dev, /proc and /sys is"],
      [new Deno.errors.UnexpectedEof("without sending TLS close_notify: https://docs.rs"), "the connection was cut"],
      [
        new Deno.errors.InvalidData("received corrupt message of type InvalidContentType"),
        "it does not speak TLS; --no-tls connects without",
      ],
      [
        new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer"),
        "no authority that is trusted here vouches for its certificate",
      ],
      [new Error("it closed the connection"), "it closed the connection"],
      ["odd", "odd"],
    ] as const
  ) assertEquals(reasonOf(error), reason);
});
