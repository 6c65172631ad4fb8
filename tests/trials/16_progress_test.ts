import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { RateLimit } from "../../client/transfer/rate_limit.ts";
import { Remote } from "../../client/connection/remote.ts";
import { isLarge } from "../../client/tree/sharing.ts";
import { FrameChannel } from "../../protocol/frame/frame_channel.ts";
import { fullLimits } from "../../protocol/frame/frame.ts";
import { DATA_FRAME_BYTES } from "../../protocol/limits.ts";
import { dataFrame, endFrame, message, workingFrame } from "../../protocol/message/messages.ts";
import { StallClock } from "../../protocol/stall_clock.ts";
import { sha256Of, someBytes, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "../server/raw_client.ts";

const NOTHING = new Uint8Array(0);
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("row 16: StallClock counts bytes in a time, and only the time in which the peer is waited for", () => {
  const clock = new StallClock({ limitMs: 10, leastBytes: 4, tickMs: 1 });
  let now = 0;
  let bytes = 0;
  const run = (ticks: number, { isWaiting = true, moves = 0 } = {}) => {
    let isStalled = false;
    for (let tick = 0; tick < ticks && !isStalled; tick++) {
      bytes += moves;
      isStalled = clock.tick(now++, { isWaiting, bytes });
    }
    return isStalled;
  };
  assertEquals(run(11), false);
  assertEquals(run(1), true);
  clock.restart();
  // A byte a tick is four in ten; one in ten is not, although something always comes.
  assertEquals(run(100, { moves: 1 }), false);
  assertEquals(run(100, { moves: 0.1 }), true);
  clock.restart();
  assertEquals(run(100, { isWaiting: false }), false);
  // A pause of the whole process is not the peer's.
  clock.restart();
  now += 1_000;
  assertEquals(run(5), false);
});

/** Feeds a `put` of alice with something again and again until the server has closed; returns what it said. */
async function feed(server: TestServer, path: string, piece: (client: RawClient, id: number) => Promise<void>) {
  using client = await RawClient.login(server, "alice");
  const id = client.nextId();
  await client.sendFrame({ type: "request", id, command: "put", path, size: 100_000 });
  assertEquals((await client.receive())!.header.code, 202);
  let isOver = false;
  const over = client.codesUntilEnd().then(() => isOver = true);
  while (!isOver) {
    // The pace is the attack.
    await piece(client, id).catch(() => {});
    await later(100);
  }
  await over;
}

Deno.test("row 16: put is closed as stalled when what comes is no content, or a byte now and then, and keeps its part", async () => {
  await using server = await TestServer.start(["--stall-timeout", "2"]);
  await server.addUsers("10M", "alice");
  const one = new Uint8Array(1);
  await Promise.all([
    feed(server, "/one", (client, id) => client.sendFrame({ type: "data", id }, one)),
    feed(server, "/none", (client, id) => client.sendFrame({ type: "data", id }, NOTHING)),
    // Content for a request that is over is none.
    feed(server, "/other", (client, id) => client.sendFrame({ type: "data", id: id - 1 }, new Uint8Array(8_192))),
    feed(server, "/working", async (client, id) => {
      await client.sendFrame({ type: "working", id, done: Math.round(performance.now()) * 1_000 });
    }),
    feed(server, "/reading", (client) => client.sendFrame({ type: "reading" })),
  ]);
  using client = await RawClient.login(server, "alice");
  await client.sendFrame({ type: "request", id: client.nextId(), command: "parts" });
  const parts = new TextDecoder().decode((await client.receive())!.body).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(parts.map(({ path }) => path), ["/one"]);
  const { log } = await server.stop();
  assertEquals(log.match(/"reason":"stalled"/g)?.length, 5);
});

Deno.test("row 16: put stays when its content comes slowly, and in pieces of one large frame", async () => {
  await using server = await TestServer.start(["--stall-timeout", "2"]);
  await server.addUsers("10M", "alice");
  const content = someBytes(60_000);
  const end = { size: content.length, sha256: await sha256Of(content) };
  const slowly = async (path: string, send: (client: RawClient, id: number) => Promise<void>) => {
    using client = await RawClient.login(server, "alice");
    const id = client.nextId();
    await client.sendFrame({ type: "request", id, command: "put", path, size: content.length });
    assertEquals((await client.receive())!.header.code, 202);
    await send(client, id);
    await client.sendFrame({ type: "end", id, ...end });
    assertEquals((await client.receive())!.header.code, 201);
  };
  /** 10,000 bytes a second. */
  const inPieces = async (send: (piece: Uint8Array) => Promise<void>) => {
    for (let at = 0; at < content.length; at += 1_000) {
      await send(content.subarray(at, at + 1_000));
      await later(100);
    }
  };
  await Promise.all([
    slowly("/frames", (client, id) => inPieces((piece) => client.sendFrame({ type: "data", id }, piece))),
    slowly("/frame", async (client, id) => {
      const header = new TextEncoder().encode(JSON.stringify({ type: "data", id, body: content.length }));
      await client.send(new Uint8Array([0, 0, 0, header.length, ...header]));
      await inPieces((piece) => client.send(piece));
    }),
  ]);
});

Deno.test("row 16: put goes through with a limit at which one frame takes longer than a stall may", async () => {
  await using server = await TestServer.start(["--stall-timeout", "2"]);
  await server.addUsers("10M", "alice");
  using temp = new TempDir();
  const file = temp.file("slow", someBytes(48_000));
  const ran = await server.ftp(["put", file, `alice@${server.address}:`, "--limit", "8K", "--retries", "0"]);
  assertEquals(ran.code, 0, ran.stderr);
});

Deno.test("row 16: under a limit nothing that travels whole keeps the server waiting for long", () => {
  for (const rate of [1, 1_024, 100_000]) {
    const limit = new RateLimit(rate);
    const chunk = new Uint8Array(DATA_FRAME_BYTES);
    const pieces = [...limit.pieces(chunk)].map(({ length }) => length);
    assertEquals(pieces.reduce((sum, length) => sum + length), chunk.length);
    assert(Math.max(...pieces) <= Math.max(1_024, rate), `${pieces[0]}`);
    assert(limit.frameBytes <= Math.max(1_024, 10 * rate), `${limit.frameBytes}`);
    assertEquals(isLarge({ name: "a", entry: "file", size: limit.frameBytes + 1, mtime: 0, exec: false }, limit), true);
  }
  const chunk = new Uint8Array(DATA_FRAME_BYTES);
  assertEquals([...new RateLimit(undefined).pieces(chunk)], [chunk]);
});

Deno.test("row 16: a failed login takes its second from the proof on, whatever is wrong with it", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  const slowProof = async (proof: (client: RawClient) => Promise<number>) => {
    using client = await RawClient.connect(server);
    await client.hello();
    return await proof(client);
  };
  /** The time from a proof to its answer, after a long time between `auth` and it. */
  const timed = async (user: string) =>
    await slowProof(async (client) => {
      const request = client.request.bind(client);
      let sent = 0;
      client.request = async (command, fields) => {
        if (command === "proof") await later(1_300);
        sent = performance.now();
        return await request(command, fields);
      };
      assertEquals((await client.authenticate(user, "not it")).code, 400);
      return performance.now() - sent;
    });
  for (const ms of await Promise.all([timed("alice"), timed("nobody")])) assert(ms >= 990, `${ms}`);
  const malformed = await slowProof(async (client) => {
    await client.request("auth", { mechanism: "SCRAM-SHA-256", scram: "n,,n=alice,r=abc" });
    const started = performance.now();
    assertEquals((await client.request("proof", { scram: "nonsense" })).code, 400);
    return performance.now() - started;
  });
  assert(malformed >= 990, `${malformed}`);
});

/** A remote whose server does what a script says, and is given up after 600 ms. */
async function withServer(script: (channel: FrameChannel) => Promise<void>, run: (remote: Remote) => Promise<void>) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [ours, theirs] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: (listener.addr as Deno.NetAddr).port }),
    listener.accept(),
  ]);
  const serving = script(new FrameChannel(theirs, fullLimits())).catch(() => {});
  const parts = { channel: new FrameChannel(ours, fullLimits()), connection: ours, server: "fake", firstId: 1 };
  const remote = new Remote({ ...parts, silentMs: 600 });
  try {
    await run(remote);
  } finally {
    await remote.close();
    theirs.close();
    await serving;
  }
}

/** Sends something again and again, for as long as the connection is there. */
function repeat(send: (channel: FrameChannel, id: number, turn: number) => Promise<void>, everyMs = 50) {
  return async (channel: FrameChannel) => {
    const { header } = (await channel.receive())!;
    for (let turn = 1;; turn++) {
      await send(channel, header.id as number, turn);
      await later(everyMs);
    }
  };
}

const LIST = { path: "/" } as Parameters<Remote["call"]>[1];

Deno.test("row 16: the client gives up a server that keeps the connection alive and does not move", async () => {
  const scripts: [string, (channel: FrameChannel) => Promise<void>, RegExp][] = [
    ["nothing", async (channel) => void await channel.receive(), /the server is silent/],
    ["working", repeat((channel, id) => channel.send(workingFrame(id, 7))), /the server does not move/],
    ["empty data", repeat((channel, id) => channel.send(dataFrame(id, NOTHING))), /the server does not move/],
    ["a byte", repeat((channel, id) => channel.send(dataFrame(id, new Uint8Array(1)))), /the server does not move/],
    [
      "the last byte, for ever",
      repeat((channel, id, turn) =>
        channel.send(turn === 1 ? { header: { type: "data", id, last: true }, body: NOTHING } : workingFrame(id, 1))
      ),
      /the server does not move/,
    ],
    [
      "go-aheads",
      repeat((channel, id) => channel.send(message({ type: "accept", id, code: 201 }))),
      /the server does not move/,
    ],
  ];
  await Promise.all(scripts.map(([what, script, why]) =>
    withServer(script, async (remote) => {
      const exchange = await remote.open("ls", LIST as never);
      const read = async () => {
        for (;;) if ((await exchange.receive()).kind === "reply") return;
      };
      // What is no list is refused as such, which is an end, too.
      const error = await assertRejects(read, Error);
      if (what !== "go-aheads") assertMatch(error.message, why, what);
      await exchange.cancel();
    })
  ));
});

Deno.test("row 16: the client stays with a server that moves, if only its work or a few bytes do", async () => {
  const reply = (channel: FrameChannel, id: number) => channel.send(message({ type: "reply", id, code: 201 }));
  const turns = 40;
  const scripts = [
    repeat((channel, id, turn) => turn > turns ? reply(channel, id) : channel.send(workingFrame(id, turn))),
    repeat((channel, id, turn) =>
      turn > turns ? reply(channel, id) : channel.send(dataFrame(id, new Uint8Array(1_024)))
    ),
    // One frame that arrives in pieces.
    async (channel: FrameChannel) => {
      const { header } = (await channel.receive())!;
      for (let turn = 0; turn < 4; turn++) await channel.send(dataFrame(header.id as number, new Uint8Array(200_000)));
      await channel.send(endFrame(header.id as number, { size: 800_000, sha256: "0".repeat(64) }));
      await reply(channel, header.id as number);
    },
  ];
  await Promise.all(scripts.map((script) =>
    withServer(script, async (remote) => {
      const exchange = await remote.open("ls", LIST as never);
      for (let next = await exchange.receive(); next.kind !== "reply"; next = await exchange.receive());
    })
  ));
});

Deno.test("row 16: the client gives up a server that takes nothing, and leaves it all the same", async () => {
  await withServer(async (channel) => {
    await channel.receive();
    await later(2_000);
  }, async (remote) => {
    const exchange = await remote.open("put", { path: "/a", size: 10 ** 9 } as never);
    const send = async () => {
      for (;;) await exchange.sendData(new Uint8Array(1_048_576));
    };
    const error = await assertRejects(send, Error);
    assertMatch((error as Error).message, /the server is silent/);
  });
});

Deno.test("row 16: the client lets its own disk and its own limit take their time", async () => {
  await withServer(async (channel) => {
    const { header } = (await channel.receive())!;
    const id = header.id as number;
    for (let piece = 0; piece < 5; piece++) await channel.send(dataFrame(id, new Uint8Array(100)));
    await channel.send(message({ type: "reply", id, code: 201 }));
  }, async (remote) => {
    const exchange = await remote.open("ls", LIST as never);
    for (let next = await exchange.receive(); next.kind !== "reply"; next = await exchange.receive()) {
      // What has come waits for us.
      await later(400);
    }
  });
});
