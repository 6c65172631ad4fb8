import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ftpCommand, type Ran } from "../run_ftp.ts";
import { PASSWORD, stateEnvironment, TempDir } from "../harness.ts";
import { TestServer } from "../test_server.ts";
import { assertSettled, failuresOf, makeTree, namesOf, treeOf } from "./kit.ts";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));
const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const FAULTY_DISK = fromFileUrl(new URL("../faulty_disk.ts", import.meta.url));
/** A run that meets no fault comes far earlier. */
const MOST_OPERATIONS = 60;

/** Runs the program in a shell that has changed what it may do; `"$@"` is the call. */
async function runIn(script: string, args: string[]): Promise<Ran> {
  const task: string = JSON.parse(Deno.readTextFileSync(CONFIG)).tasks.ftp;
  const options = task.split(" ").filter((word) => word.startsWith("--"));
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", Deno.execPath(), "run", "--config", CONFIG, ...options, MAIN, ...args],
    env: { FTP_PASSWORD: PASSWORD, NO_COLOR: "1", ...stateEnvironment() },
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("get -r --force leaves the old file or the new one, whichever operation on the disk fails", async () => {
  await using server = await TestServer.start();
  await server.addUsers("10M", "alice");
  const there = { "a": { content: "new a", mtime: 1_000 }, "b": { content: "new b", mtime: 1_000 } };
  makeTree(server.home("alice"), there);
  const env = { FTP_PASSWORD: PASSWORD };
  for (let turn = 1; turn <= MOST_OPERATIONS; turn++) {
    using temp = new TempDir();
    // The shim looks at paths with this name in them.
    const target = makeTree(temp.join("home"), { "a": "old a", "b": "old b" });
    const fault = temp.file("fault", `once ${turn}`);
    const get = ["get", "-r", "--force", `alice@${server.address}:/`, target, "--retries", "0", ...server.clientArgs()];
    const options: Deno.CommandOptions = { stdin: "null", stdout: "piped", stderr: "piped" };
    const { code, stderr } = await ftpCommand(get, { ...options, env: { ...env, FTP_FAULT: fault } }, [FAULTY_DISK])
      .output();
    const said = `operation ${turn}: ${new TextDecoder().decode(stderr)}`;
    const found = namesOf(target).map((name) => [name, Deno.readTextFileSync(join(target, name))]);
    const isWhole = ([name, text]: string[]) =>
      ["a", "b"].includes(name!) && [`old ${name}`, `new ${name}`].includes(text!);
    assertEquals(found.filter((file) => !isWhole(file)), [], said);
    assertEquals(found.length, 2, said);
    if (code === 0) assertEquals(found.map(([, text]) => text), ["new a", "new b"], said);
    if (!namesOf(temp.path).includes("fault.met")) return;
  }
  throw new Error(`More than ${MOST_OPERATIONS} operations`);
});

/** The superuser reads everything, unless this right is taken from him first. */
const WITHOUT_RIGHTS = Deno.uid() === 0
  ? 'exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"'
  : 'exec "$@"';

Deno.test("put -r names what it may not read, exits 1 and sends the rest", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1", "closed/x": "2", "secret": "3", "z": "4" });
  for (const name of ["closed", "secret"]) Deno.chmodSync(`${source}/${name}`, 0);
  const ran = await runIn(WITHOUT_RIGHTS, ["put", "-r", source, `alice@${server.address}:`, ...server.clientArgs()]);
  Deno.chmodSync(`${source}/closed`, 0o700);
  assertEquals(ran.code, 1, ran.stderr);
  for (const name of ["closed", "secret"]) assertStringIncludes(ran.stderr, `ftp: 406 ${name}: `);
  assertEquals(namesOf(server.home("alice")), ["tree/", "tree/a", "tree/closed/", "tree/z"]);
  assertSettled(server);
});

Deno.test("sync --delete removes nothing of a folder that it may not read", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  const source = makeTree(temp.join("tree"), { "a": "1", "closed/x": "2", "closed/d/y": "3" });
  const sync = ["sync", "--delete", source, `alice@${server.address}:/`, ...server.clientArgs()];
  assertEquals((await runIn('exec "$@"', sync)).code, 0);
  const before = treeOf(server.home("alice"));
  Deno.chmodSync(`${source}/closed`, 0);
  const ran = await runIn(WITHOUT_RIGHTS, sync);
  Deno.chmodSync(`${source}/closed`, 0o700);
  // What could not be looked at is not known to be gone.
  assertEquals(treeOf(server.home("alice")), before, ran.stderr);
  assertEquals(ran.code, 1, ran.stderr);
});

Deno.test("get names the target, and no part, when it may not write there", async () => {
  await using server = await TestServer.start();
  using temp = new TempDir();
  await server.addUsers("10M", "alice");
  makeTree(server.home("alice"), { "a": "1" });
  const target = makeTree(temp.join("closed"), {});
  Deno.chmodSync(target, 0o500);
  const ran = await runIn(WITHOUT_RIGHTS, ["get", `alice@${server.address}:a`, target, ...server.clientArgs()]);
  Deno.chmodSync(target, 0o700);
  assertEquals(ran.code, 1, ran.stderr);
  assertEquals(failuresOf(ran), [`406 Local "${target}/a" is not permitted`]);
});
