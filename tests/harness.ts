/** What the tests share: temporary places, a state folder for clients, and bytes that look random. */
import { join } from "@std/path";
import { DownloadRecords } from "../client/transfer/download_records.ts";
import { RecordFolder } from "../client/transfer/record_folder.ts";
import { stateFolder } from "../client/transfer/state_folder.ts";

/** The password of every account that a test makes. */
export const PASSWORD = "correct horse battery";

/** Lasts long enough for the slowest machine; nobody waits for it when all is well. */
export const PATIENCE_MS = 60_000;

/** A folder that goes away with its owner. */
export class TempDir implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ftp-test-" }));

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file below and returns its path. */
  file(name: string, content: string | Uint8Array): string {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    Deno.writeFileSync(this.join(name), bytes);
    return this.join(name);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

let stateHome: TempDir | undefined;
globalThis.addEventListener("unload", () => stateHome?.[Symbol.dispose]());

/** Where all clients of one test file keep their state: never in the home of whoever runs the tests. */
export function stateEnvironment(): { XDG_STATE_HOME: string } {
  stateHome ??= new TempDir();
  return { XDG_STATE_HOME: stateHome.path };
}

/** The client's folder there. */
export function testState(): string {
  const env: Record<string, string> = stateEnvironment();
  return stateFolder({ env: (name) => env[name], os: Deno.build.os })!;
}

/** The temporary file of an unfinished download to a name, if there is one. */
export function partOf(target: string, state = testState()): string | undefined {
  return new DownloadRecords(new RecordFolder(join(state, "downloads"))).ofTarget(target)[0]?.temp;
}

/** Bytes that look random and are the same each time. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2_654_435_761 >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** SHA-256 in hexadecimal. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex();
}
