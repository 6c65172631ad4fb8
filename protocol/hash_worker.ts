/** What runs on the thread that hashes: any number of digests side by side, each under its number. */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { createHash, type Hash } from "node:crypto";

/** What it is asked. The buffer's first `length` bytes count; it comes back. */
export type HashRequest =
  | { readonly id: number; readonly action: "update"; readonly buffer: ArrayBuffer; readonly length: number }
  | { readonly id: number; readonly action: "digest" | "forget" };

/** What it answers. */
export type HashAnswer = { readonly buffer: ArrayBuffer } | { readonly id: number; readonly sha256: string };

const hashes = new Map<number, Hash>();

function hashOf(id: number): Hash {
  const hash = hashes.get(id) ?? createHash("sha256");
  hashes.set(id, hash);
  return hash;
}

function answer(message: HashAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

self.onmessage = ({ data }: MessageEvent<HashRequest>) => {
  switch (data.action) {
    case "update":
      hashOf(data.id).update(new Uint8Array(data.buffer, 0, data.length));
      return answer({ buffer: data.buffer }, [data.buffer]);
    case "digest":
      return answer({ id: data.id, sha256: hashOf(data.id).copy().digest("hex") });
    case "forget":
      hashes.delete(data.id);
  }
};
