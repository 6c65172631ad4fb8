import { assertEquals } from "@std/assert";
import { Exchange } from "../../../client/connection/exchange.ts";
import type { Frame } from "../../../protocol/frame/frame.ts";

Deno.test("Exchange.cancel() lets the connection's reader go when the reply is here but not all was taken", {
  permissions: "none",
}, async () => {
  const sent: Frame[] = [];
  const exchange = new Exchange(1, {
    send: (frame) => Promise.resolve(void sent.push(frame)),
    release() {},
    onEnd() {},
    onEndless() {},
  });
  const data: Frame = { header: { type: "data", id: 1 }, body: new Uint8Array(3) };
  const reading = (async () => {
    await exchange.deliver(data);
    await exchange.deliver(data);
    await exchange.deliver({ header: { type: "reply", id: 1, code: 409 }, body: new Uint8Array(0) });
    return "reads on";
  })();
  await exchange.receive();
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  await exchange.cancel();
  assertEquals(await reading, "reads on");
  // It has ended already: there is nothing to stop.
  assertEquals(sent, []);
});
