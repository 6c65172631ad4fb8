/** What the tests of the jail share: a home, something outside it, and every way to touch a path. */
import { assert, assertEquals } from "@std/assert";
import type { Header } from "../../protocol/message/header.ts";
import { sha256Of, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { RawClient } from "./raw_client.ts";

const encoder = new TextEncoder();

/** A server with alice logged in, a folder outside her home, and its content as it has to stay. */
export async function jailed() {
  const server = await TestServer.start();
  const outside = new TempDir();
  outside.file("secret", "nobody's business");
  await server.addUsers("10M", "alice", "bob");
  const client = await RawClient.login(server, "alice");
  return {
    server,
    client,
    outside,
    home: server.home("alice"),
    async [Symbol.asyncDispose]() {
      assertEquals([...Deno.readDirSync(outside.path)].map(({ name }) => name), ["secret"]);
      assertEquals(Deno.readTextFileSync(outside.join("secret")), "nobody's business");
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      outside[Symbol.dispose]();
    },
  };
}

/** Uploads a text as a client does; returns the last code. */
export async function put(client: RawClient, path: string, text: string): Promise<unknown> {
  const body = encoder.encode(text);
  const go = await client.request("put", { path, size: body.length, replace: true });
  if (go.code !== 202) return go.code;
  const { id } = go;
  await client.sendFrame({ type: "data", id }, body);
  await client.sendFrame({ type: "end", id, size: body.length, sha256: await sha256Of(body) });
  return (await client.receive())!.header.code;
}

/** Every way to touch a path, with the request's fields. */
const WAYS: readonly [command: string, fields: (path: string) => Header][] = [
  ["get", (path) => ({ path })],
  ["put", (path) => ({ path, size: 1 })],
  ["ls", (path) => ({ path })],
  ["stat", (path) => ({ path })],
  ["hash", (path) => ({ path })],
  ["mkdir", (path) => ({ path })],
  ["mkdir", (path) => ({ path, parents: true })],
  ["rm", (path) => ({ path })],
  ["rm", (path) => ({ path, recursive: true })],
  ["rmdir", (path) => ({ path })],
  ["mv", (path) => ({ from: path, to: "/moved" })],
  ["mv", (path) => ({ from: "/here", to: path })],
];

/** Asserts the code of every way to touch a path; `put`: that of an upload to it, where it is another. */
export async function assertAll(
  client: RawClient,
  path: string,
  codes: readonly number[],
  { put = codes }: { put?: readonly number[] } = {},
): Promise<void> {
  for (const [command, fields] of WAYS) {
    const { code } = await client.request(command, fields(path));
    assert((command === "put" ? put : codes).includes(code as number), `${command} ${JSON.stringify(path)}: ${code}`);
  }
}
