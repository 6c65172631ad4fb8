/** The commands on the session itself: `ping`, `status`, `quit`. */
import type { ShellCommand } from "./command.ts";
import { formatTime } from "./look.ts";

export const ping: ShellCommand = {
  name: "ping",
  usage: "",
  summary: "prints the round trip",
  arity: [0, 0],
  completes: "nothing",
  async run(_call, shell) {
    const started = performance.now();
    await shell.call("ping", {});
    const ms = performance.now() - started;
    shell.reporter.line(`${ms.toFixed(1)} ms`, { ok: true, command: "ping", ms });
  },
};

export const status: ShellCommand = {
  name: "status",
  usage: "",
  summary: "shows who and where, the encryption, and the session's numbers",
  arity: [0, 0],
  completes: "nothing",
  async run(_call, shell) {
    const { user, session, address, since, sessions } = await shell.call("status", {});
    const { remote, fingerprint } = shell.link.session;
    // Deno does not tell which cipher was agreed on.
    const encryption = fingerprint ? "TLS" : "none";
    const security = fingerprint ? `${encryption}, certificate ${fingerprint}` : "not encrypted";
    shell.reporter.line(
      `${user} at ${remote.server} from ${address}, ${security}, session ${session} since ${formatTime(since)} UTC, ` +
        `${sessions} open`,
      {
        ok: true,
        command: "status",
        user,
        server: remote.server,
        address,
        encryption,
        fingerprint,
        session,
        since,
        sessions,
      },
    );
  },
};

export const quit: ShellCommand = {
  name: "quit",
  aliases: ["exit", "bye"],
  usage: "",
  summary: "leaves",
  arity: [0, 0],
  completes: "nothing",
  run(_call, shell) {
    shell.isOver = true;
  },
};
