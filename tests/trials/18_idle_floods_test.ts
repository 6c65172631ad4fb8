import { assertEquals } from "@std/assert";
import { encodeFrame } from "../../protocol/frame/frame.ts";
import { message } from "../../protocol/message/messages.ts";
import { newNonce } from "../../protocol/login/scram_keys.ts";
import { Admission, type Ticket } from "../../server/sessions/admission.ts";
import { TestServer } from "../test_server.ts";
import { addresses, SilentCrowd } from "../server/silent_crowd.ts";

/** Less than the handshake of a silent connection may take: none of the crowd has been given up for its silence. */
const WHILE_THEY_ARE_THERE_MS = 8_000;

/** Logs in from 127.0.0.1, while a crowd is there. */
async function assertGetsIn(server: TestServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => timer = setTimeout(() => resolve("late"), WHILE_THEY_ARE_THERE_MS));
  const login = server.session("alice").then(async ({ remote }) => {
    await remote.call("ping", {});
    await remote.close();
    return "in";
  });
  const outcome = await Promise.race([login, late]);
  clearTimeout(timer);
  assertEquals(outcome, "in");
}

Deno.test({
  name: "row 18: a login gets in while silent connections of others are there, be they of two addresses or of many",
  // Other systems have no loopback network.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await TestServer.start();
    await server.addUsers("1M", "alice");
    {
      await using _two = await SilentCrowd.start({ port: server.port, addresses: addresses(2), each: 64 });
      await assertGetsIn(server);
    }
    await using _many = await SilentCrowd.start({ port: server.port, addresses: addresses(400), each: 5 });
    await assertGetsIn(server);
  },
});

Deno.test({
  name: "row 18: a login gets in while others have said hello and nothing more",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await TestServer.start(["--no-tls"]);
    await server.addUsers("1M", "alice");
    const say = encodeFrame(message({ type: "hello", version: 1, nonce: newNonce(), agent: "idle" }))[0]!;
    await using _two = await SilentCrowd.start({ port: server.port, addresses: addresses(2), each: 64, say });
    await assertGetsIn(server);
  },
});

/** An admission and who is in it: `admit("a")` is the name of the new connection, or why there is none. */
function crowd(limits: { maxSessions?: number; perIp?: number; full?: number; begin?: number } = {}) {
  const { maxSessions = 1_000, perIp = 1_000, full = 4, begin = 1_000 } = limits;
  const admission = new Admission(
    { maxSessions, maxSessionsPerIp: perIp, startups: [Math.min(begin, full), 100, full] },
    { now: () => 0, random: () => 0 },
  );
  const inside = new Map<string, Ticket>();
  let count = 0;
  const admit = (address: string): string => {
    const ticket = admission.admit(address);
    if ("refused" in ticket) return ticket.refused.reason;
    const name = `${address}${++count}`;
    inside.set(name, ticket);
    ticket.onGivenUp(() => inside.delete(name));
    return name;
  };
  return { admit, inside, names: () => [...inside.keys()] };
}

Deno.test("row 18: the oldest silent connection of the busiest source makes room for a newcomer", () => {
  const { admit, inside, names } = crowd({ full: 5 });
  for (const address of ["a", "b", "a", "b", "a"]) admit(address);
  inside.get("a1")!.spoke();
  assertEquals(admit("c"), "c6");
  assertEquals(names(), ["a1", "b2", "b4", "a5", "c6"]);
  // Where all of the busiest have spoken it is the oldest.
  for (const name of ["b2", "b4", "a5", "c6"]) inside.get(name)!.spoke();
  assertEquals(admit("d"), "d7");
  assertEquals(names(), ["b2", "b4", "a5", "c6", "d7"]);
});

Deno.test("row 18: who has logged in makes no room, and the place of who has left is free", () => {
  const { admit, inside, names } = crowd({ full: 2 });
  admit("a");
  admit("a");
  inside.get("a1")!.loggedIn();
  admit("b");
  assertEquals(names(), ["a1", "a2", "b3"]);
  inside.get("a2")!.release();
  inside.delete("a2");
  admit("c");
  assertEquals(names(), ["a1", "b3", "c4"]);
});

Deno.test("row 18: a source that would be the busiest replaces its own silent one, or is refused", () => {
  const { admit, inside, names } = crowd({ full: 3 });
  for (const address of ["a", "b", "a"]) admit(address);
  assertEquals(admit("a"), "a4");
  assertEquals(names(), ["b2", "a3", "a4"]);
  for (const name of names()) inside.get(name)!.spoke();
  assertEquals(admit("a"), "too many connections without login");
  // Among equals, too, nobody is pushed out by who has one already.
  const equals = crowd({ full: 2 });
  equals.admit("a");
  equals.admit("b");
  for (const name of equals.names()) equals.inside.get(name)!.spoke();
  assertEquals(equals.admit("a"), "too many connections without login");
  assertEquals(equals.admit("c"), "c3");
});

Deno.test("row 18: a full server takes a login in the place of a connection without one, and none in that of a session", () => {
  const { admit, inside, names } = crowd({ maxSessions: 2, full: 100 });
  admit("a");
  admit("b");
  inside.get("a1")!.loggedIn();
  assertEquals(admit("c"), "c3");
  inside.get("c3")!.loggedIn();
  assertEquals(admit("d"), "too many sessions");
  assertEquals(names(), ["a1", "c3"]);
});

Deno.test("row 18: early drop and the limit of one address are for that address alone", () => {
  const { admit } = crowd({ full: 100, begin: 3, perIp: 4 });
  for (const address of ["a", "a", "a"]) assertEquals(admit(address).startsWith("a"), true);
  assertEquals(admit("a"), "early drop of connections without login");
  assertEquals(admit("b"), "b4");
  const few = crowd({ full: 100, perIp: 1 });
  few.admit("a");
  assertEquals(few.admit("a"), "too many sessions from this source");
  assertEquals(few.admit("b"), "b2");
});
