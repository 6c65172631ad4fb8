import { assertEquals } from "@std/assert";
import { TestServer } from "../test_server.ts";
import { flood } from "./flood.ts";
import { RawClient } from "./raw_client.ts";

/** What happened first: the end of the connection, or so many milliseconds. */
async function closedWithin(end: Promise<unknown>, ms: number): Promise<"closed" | "still open"> {
  const late = Promise.withResolvers<"still open">();
  const timer = setTimeout(() => late.resolve("still open"), ms);
  const outcome = await Promise.race([end.then(() => "closed" as const), late.promise]);
  clearTimeout(timer);
  return outcome;
}

/** The end of a connection as a client sees it that says nothing. */
async function endOf(connection: Deno.Conn): Promise<void> {
  while (await connection.read(new Uint8Array(1_024)).catch(() => null) !== null);
}

// A connection that stays open after its session keeps a file descriptor and counts nowhere. Without TLS each is closed
// at once. With TLS Deno keeps the socket itself until the client speaks, reads or leaves (TRUST.md, "Not defended"):
// there the promise is that everybody else is served all the same.

Deno.test("server closes the connection when its session stalled with answers unread", async () => {
  await using server = await TestServer.start(["--no-tls", "--stall-timeout", "1"]);
  await server.addUsers("1M", "alice");
  const client = await RawClient.login(server, "alice");
  const flooding = flood(client);
  const outcome = await closedWithin(flooding.over, 60_000);
  client.connection.close();
  await flooding.over;
  assertEquals(outcome, "closed");
});

Deno.test("server closes the connection when it refuses a source that says nothing", async () => {
  await using server = await TestServer.start(["--no-tls", "--max-sessions-per-ip", "1"]);
  await server.addUsers("1M", "alice");
  using _only = await RawClient.login(server, "alice");
  const silent = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const end = endOf(silent);
  const outcome = await closedWithin(end, 5_000);
  silent.close();
  await end;
  assertEquals(outcome, "closed");
});

Deno.test("server closes the connection when nothing is ever said", async () => {
  await using server = await TestServer.start(["--no-tls", "--login-timeout", "1"]);
  const silent = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const end = endOf(silent);
  // The TLS handshake may take ten seconds.
  const outcome = await closedWithin(end, 15_000);
  silent.close();
  await end;
  assertEquals(outcome, "closed");
});

Deno.test("server lets others in when many TLS connections say nothing, admitted or refused", async () => {
  await using server = await TestServer.start(["--max-sessions-per-ip", "80", "--max-startups", "70:100:70"]);
  await server.addUsers("1M", "alice");
  const silent = await Promise.all(
    Array.from({ length: 200 }, () => Deno.connect({ hostname: "127.0.0.1", port: server.port })),
  );
  for (const connection of silent.slice(0, 100)) connection.close();
  // Those that have gone make room: a login gets in as soon as the server has noticed.
  let outcome: unknown;
  for (let tries = 0; tries < 50; tries++) {
    outcome = await server.session("alice").then(({ remote }) => remote.close().then(() => "in"), (error) => error);
    if (outcome === "in") break;
  }
  for (const connection of silent.slice(100)) connection.close();
  assertEquals(outcome, "in");
});
