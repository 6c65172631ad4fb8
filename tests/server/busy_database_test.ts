import { assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TestServer } from "../test_server.ts";
import { put } from "./jailed.ts";
import { RawClient } from "./raw_client.ts";

Deno.test("server lets users in and answers a put with 503 while another program holds the database", async () => {
  await using server = await TestServer.start();
  await server.addUsers("1M", "alice");
  using database = new DatabaseSync(server.root.database);
  database.exec("BEGIN IMMEDIATE");
  using client = await RawClient.login(server, "alice");
  assertEquals(await put(client, "/file", "content"), 503);
  assertEquals((await client.request("stat", { path: "/" })).code, 201);
  database.exec("ROLLBACK");
  using other = await RawClient.login(server, "alice");
  assertEquals(await put(other, "/file", "content"), 201);
  assertStringIncludes((await server.stop()).log, "login time not kept");
});
