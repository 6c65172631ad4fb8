import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { TestServer } from "../test_server.ts";
import { memoryOf } from "./flood.ts";
import { RawClient } from "./raw_client.ts";

const CROWD = 200;
const SIZE = 10 * 1024 ** 2;
const NO_LIMITS = [
  "--max-sessions-per-ip",
  "1000",
  "--max-sessions-per-user",
  "1000",
  "--max-startups",
  "1000:30:1000",
];

Deno.test("server stays under 200 MiB when 200 downloads run and no client reads on", async () => {
  await using server = await TestServer.start(NO_LIMITS, undefined, { process: true });
  await server.addUsers("100M", "alice");
  Deno.writeFileSync(join(server.home("alice"), "file"), new Uint8Array(SIZE));
  using stack = new DisposableStack();
  const clients: RawClient[] = [];
  for (let at = 0; at < CROWD; at++) clients.push(stack.use(await RawClient.login(server, "alice")));
  for (const client of clients) {
    const answer = await client.request("get", { path: "/file" });
    assertEquals([answer.code, answer.size], [201, SIZE], JSON.stringify(answer));
  }
  const pieces = await Promise.all(clients.map(async (client) => (await client.receive())!.body.length));
  assertEquals(new Set(pieces), new Set([65_536]));
  assert(memoryOf(server) < 200 * 1024 ** 2, `${memoryOf(server)} bytes`);
});
