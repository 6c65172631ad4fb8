import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { StatusError } from "../../../protocol/status.ts";
import { Log } from "../../../server/log/log.ts";
import { LoginRefused } from "../../../server/sessions/login_gate.ts";
import { SessionRegistry } from "../../../server/sessions/registry.ts";
import { Session } from "../../../server/sessions/session.ts";
import type { Account } from "../../../users/accounts.ts";

const ALICE: Account = {
  id: 1,
  name: "alice",
  quota: null,
  used: 0,
  reserved: 0,
  credential: "now",
  created: 0,
  lastLogin: null,
};

/** A server without a connection, on which sessions of a door that only remembers can be had. */
class FakeServer {
  readonly registry = new SessionRegistry();
  readonly lines: string[] = [];
  readonly events: string[] = [];
  credential: string | undefined = "now";
  isNoteFailing = false;
  readonly wire = {
    isBusy: false,
    received: 0,
    sent: 0,
    hasSpoken: true,
    showLife: () => void this.events.push("show life"),
    offencesOf: () => [],
    sendFailure: ({ code }: StatusError) => {
      this.events.push(`send ${code}`);
      return Promise.resolve();
    },
    finish: () => {
      this.events.push("finish");
      return Promise.resolve();
    },
    end: () => void this.events.push("end"),
  };

  session(times: { loginMs?: number; idleMs?: number } = {}): Session {
    const accounts = {
      credentialOf: () => this.credential,
      noteLogin: () => {
        if (this.isNoteFailing) throw new Error("disk full");
      },
    };
    const log = new Log({ format: "text", level: "info", write: (line) => this.lines.push(line) });
    const host = {
      registry: this.registry,
      accounts,
      log,
      times: { loginMs: 1e6, idleMs: 1e6, stallMs: 1e6, ...times },
      maxSessionsPerUser: 2,
    };
    const ticket = {
      source: "192.0.2.1",
      spoke: () => {},
      loggedIn: () => {},
      penalise: (offence: string) => void this.events.push(`penalty ${offence}`),
      onGivenUp: () => {},
      release: () => void this.events.push("release"),
    };
    return new Session(host, { wire: this.wire, ticket, address: "192.0.2.1:5" });
  }

  /** Runs a session that logs in as alice, and in it some work. */
  async loggedIn(work: (session: Session) => Promise<void> | void): Promise<void> {
    const session = this.session();
    await session.run(async () => {
      session.greeted();
      session.loggedIn(ALICE);
      await work(session);
    });
  }
}

Deno.test("run() counts the session while it runs, and releases its place at the end, whatever ends it", async () => {
  for (const failure of [undefined, new StatusError(401, "Malformed")]) {
    const server = new FakeServer();
    await server.loggedIn(() => {
      assertEquals([server.registry.size, server.registry.countOf(ALICE.id)], [1, 1]);
      if (failure) throw failure;
    });
    assertEquals(server.registry.size, 0);
    assertEquals(server.events, [...failure ? ["send 401"] : [], "finish", "end", "release"]);
  }
});

Deno.test("run() counts a login that fails as an offence, but not one that was right and one too many", async () => {
  const failures: [error: Error, events: string[]][] = [
    [new LoginRefused(), ["penalty no login"]],
    [new StatusError(401, "Malformed"), ["penalty no login", "send 401"]],
    [new Error("left before login"), ["penalty no login"]],
    [new StatusError(429, "Too many sessions"), ["send 429"]],
  ];
  for (const [error, events] of failures) {
    const server = new FakeServer();
    const session = server.session();
    await session.run(() => {
      session.greeted();
      return Promise.reject(error);
    });
    assertEquals(server.events, [...events, "finish", "end", "release"], error.message);
  }
});

Deno.test("loggedIn() refuses a user who has as many sessions as allowed", async () => {
  const server = new FakeServer();
  await server.loggedIn(() =>
    server.loggedIn(async () => {
      const third = server.session();
      third.greeted();
      assertEquals(assertThrows(() => third.loggedIn(ALICE), StatusError).code, 429);
      await Promise.resolve();
    })
  );
});

Deno.test("loggedIn() does not fail when the time of the login cannot be written", async () => {
  const server = new FakeServer();
  server.isNoteFailing = true;
  await server.loggedIn(({ userId }) => assertEquals(userId, ALICE.id));
  assertEquals(server.lines.filter((line) => /login time not kept .*user=alice/.test(line)).length, 1);
});

Deno.test("permit() refuses when the account has changed, the server drains, or the session is over", async () => {
  const server = new FakeServer();
  const codeOf = (session: Session) => assertThrows(() => session.permit("read"), StatusError).code;
  await server.loggedIn((session) => {
    session.permit("write");
    server.credential = "another";
    assertEquals(codeOf(session), 400);
    server.credential = "now";
    server.wire.isBusy = true;
    session.drain();
    assertEquals(codeOf(session), 503);
    session.permit("session");
    session.close("test");
    assertEquals(assertThrows(() => session.permit("session"), StatusError).message, "The session has ended");
  });
});

Deno.test("drain() ends a session at once when nothing runs, else when that has ended", async () => {
  const server = new FakeServer();
  await server.loggedIn((session) => {
    server.wire.isBusy = true;
    session.drain();
    assertEquals(server.events, []);
    session.rested();
    assertEquals(server.events, ["end"]);
  });
  const idle = new FakeServer();
  await idle.loggedIn((session) => {
    session.drain();
    assertEquals(idle.events, ["end"]);
  });
});

Deno.test("checkAccount() ends a session when its account is gone", async () => {
  const server = new FakeServer();
  await server.loggedIn((session) => {
    session.checkAccount();
    server.credential = undefined;
    session.checkAccount();
    assertEquals(server.events, ["end"]);
  });
});

Deno.test("checkPeer() penalises a login that takes too long once, also when what runs ends later", async () => {
  const server = new FakeServer();
  const session = server.session({ loginMs: -1 });
  const work = Promise.withResolvers<void>();
  const running = session.run(() => {
    session.greeted();
    return work.promise;
  });
  for (let i = 0; i < 3; i++) session.checkPeer();
  assertEquals(server.events, ["penalty deadline", "end"]);
  work.reject(new Error("connection closed"));
  await running;
  assertEquals(server.events, ["penalty deadline", "end", "release"]);
});

Deno.test("greeted() and loggedIn() do not bring back a session that was closed meanwhile", async () => {
  const server = new FakeServer();
  const session = server.session();
  session.close("made room for others");
  await assertRejects(async () => await session.greeted(), Error, "made room for others");
  assertThrows(() => session.loggedIn(ALICE), Error, "made room for others");
});
