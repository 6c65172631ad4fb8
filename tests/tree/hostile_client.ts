/** A client that stores what an honest one never would. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import type { Header } from "../../protocol/message/header.ts";
import { RecordPacker } from "../../protocol/message/record.ts";
import type { RawClient } from "../server/raw_client.ts";

const encoder = new TextEncoder();

/** What is sent as a file, with whatever its header says besides. */
export interface Sent {
  readonly name: string;
  readonly text?: string;
  readonly more?: Header;
}

/** SHA-256 in hexadecimal. */
export function digestOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Opens a store and sends frames as they are; returns the code, the totals and the failures of the answer. */
export async function store(
  client: RawClient,
  bodies: Uint8Array[],
  { path = "/", bytes = 1_000, end = {} as Header } = {},
) {
  const accept = await client.request("store", { path, bytes, more: 0 });
  if (accept.type !== "accept") return { code: accept.code, failures: [] };
  for (const body of bodies) await client.sendFrame({ type: "data", id: accept.id }, body);
  await client.sendFrame({ type: "end", id: accept.id, size: 0, sha256: digestOf(""), ...end });
  const lines: string[] = [];
  for (;;) {
    const frame = (await client.receive())!;
    if (frame.header.type === "data") lines.push(new TextDecoder().decode(frame.body));
    else {
      const failures: { name: string; code: number }[] = lines.join("").trim().split("\n").filter(Boolean)
        .map((line) => JSON.parse(line));
      return { code: frame.header.code, files: frame.header.files, failures: failures.map(({ code }) => code) };
    }
  }
}

/** Stores some files with an honest end. */
export function storeFiles(client: RawClient, files: readonly Sent[], options: { path?: string; bytes?: number } = {}) {
  const packer = new RecordPacker();
  const digests = createHash("sha256");
  let size = 0;
  for (const { name, text = "evil", more = {} } of files) {
    const content = encoder.encode(text);
    const header: Header = { name, entry: "file", sha256: digestOf(content), ...more };
    packer.add(header, content);
    size += content.length;
    digests.update(header.sha256 as string);
  }
  return store(client, [packer.take()], { ...options, end: { size, sha256: digests.digest("hex") } });
}

/** The session still answers, and a good file still goes through. */
export async function assertLives(client: RawClient): Promise<void> {
  assertEquals(await storeFiles(client, [{ name: "good", text: "good" }]), { code: 201, files: 1, failures: [] });
}
