/** The certificates of servers where a login has succeeded, one a line: `HOST:PORT SHA256:HEX BASE64`. */
import { dirname, join } from "@std/path";
import { makePrivateFolder } from "../../files/folder.ts";
import { appendText, readText } from "../../files/small_file.ts";
import { fingerprintOf } from "../../protocol/login/certificate.ts";
import { reasonOf } from "../../console/reason.ts";
import { UsageError } from "../../console/exit_status.ts";
import { canonicalServer } from "./address.ts";
import type { Terminal } from "../../console/terminal.ts";

/** The file's default place. */
export function defaultKnownHosts(terminal: Pick<Terminal, "env" | "os">): string {
  const { env, os } = terminal;
  const home = env(os === "windows" ? "APPDATA" : "HOME");
  if (os !== "windows" && os !== "darwin" && env("XDG_CONFIG_HOME")) {
    return join(env("XDG_CONFIG_HOME")!, "ftp", "known_hosts");
  }
  if (!home) throw new UsageError("Cannot tell where known servers are kept; give --known-hosts FILE");
  if (os === "windows") return join(home, "ftp", "known_hosts");
  return os === "darwin"
    ? join(home, "Library", "Application Support", "ftp", "known_hosts")
    : join(home, ".config", "ftp", "known_hosts");
}

/** A file of pinned certificates. It is read at each look-up: another client may have added a line. */
export class KnownHosts {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /**
   * The pinned certificate of a server in DER, and its line number from 1. The last line of a server counts, however the
   * server is spelled there.
   */
  find(server: string): { certificate: Uint8Array; line: number } | undefined {
    const lines = this.#read().split("\n");
    const wanted = canonicalServer(server) ?? server;
    const at = lines.findLastIndex((line) => isOf(line, wanted));
    if (at < 0) return undefined;
    const [, fingerprint, base64 = ""] = lines[at]!.split(" ");
    const certificate = decode(base64);
    if (certificate && fingerprintOf(certificate) === fingerprint) return { certificate, line: at + 1 };
    throw new UsageError(`Line ${at + 1} of "${this.file}" is damaged; remove it, or give --known-hosts FILE`);
  }

  /** Pins a certificate, unless it is pinned already. @throws {UsageError} when the file cannot be written */
  add(server: string, certificate: Uint8Array): void {
    if (this.find(server)) return;
    const before = this.#read();
    const line = `${server} ${fingerprintOf(certificate)} ${certificate.toBase64()}\n`;
    // An editor may have left the last line without its end.
    const start = before === "" || before.endsWith("\n") ? "" : "\n";
    try {
      makePrivateFolder(dirname(this.file));
      appendText(this.file, start + line);
    } catch (error) {
      throw this.#unusable("write", error);
    }
  }

  #unusable(what: string, error: unknown): UsageError {
    return new UsageError(
      `Cannot ${what} the known servers "${this.file}": ${reasonOf(error)}; give --known-hosts FILE`,
    );
  }

  #read(): string {
    try {
      // A byte order mark must not hide the first line: its server would be a first contact.
      return readText(this.file).replace(/^\uFEFF/, "");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw this.#unusable("read", error);
    }
  }
}

/** Whether a line is one of a server. */
function isOf(line: string, server: string): boolean {
  const name = line.slice(0, Math.max(0, line.indexOf(" ")));
  return name !== "" && (name === server || canonicalServer(name) === server);
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64.trim());
  } catch {
    return undefined;
  }
}
