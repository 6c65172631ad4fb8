/** Where a server's data is. */
import { join, resolve } from "@std/path";
import type { Invocation } from "../console/command_line.ts";
import { UsageError } from "../console/exit_status.ts";
import type { Terminal } from "../console/terminal.ts";

/** The places under one root. All are absolute. */
export interface Root {
  readonly directory: string;
  readonly database: string;
  readonly lock: string;
  readonly homes: string;
  readonly staging: string;
  readonly tls: string;
}

/** The places under a directory. */
export function rootAt(directory: string): Root {
  const top = resolve(directory);
  return {
    directory: top,
    database: join(top, "ftp.db"),
    lock: join(top, "ftp.lock"),
    homes: join(top, "home"),
    staging: join(top, "staging"),
    tls: join(top, "tls"),
  };
}

/** The root of a call: `--root`, else `$FTP_ROOT`, else the platform's data directory. */
export function rootOf({ options, terminal }: Pick<Invocation, "options" | "terminal">): Root {
  return rootAt(options.text("root") ?? (terminal.env("FTP_ROOT") || dataDirectory(terminal)));
}

function dataDirectory(terminal: Terminal): string {
  const need = (name: string) => {
    const value = terminal.env(name);
    if (!value) throw new UsageError(`Cannot tell where data belongs: $${name} is not set; give --root DIR`);
    return value;
  };
  if (terminal.os === "windows") return join(need("LOCALAPPDATA"), "ftp");
  if (terminal.os === "darwin") return join(need("HOME"), "Library", "Application Support", "ftp");
  return join(terminal.env("XDG_DATA_HOME") || join(need("HOME"), ".local", "share"), "ftp");
}
