import { assertEquals } from "@std/assert";
import { interrupted } from "./interrupted.ts";
import { Bench, bigFile, MIB, namesIn } from "./kit.ts";

/** So slow that there is time to interrupt it. */
const SLOW = ["--limit", "4M"];

/** Whether something of a file is in a folder. */
function isFilling(folder: string, prefix = ""): boolean {
  return namesIn(folder).some((name) => name.startsWith(prefix) && Deno.statSync(`${folder}/${name}`).size > 0);
}

Deno.test("ftp put names the file and says how to go on when it is interrupted", async () => {
  await using bench = await Bench.start();
  const source = bigFile(bench.temp.join("my file"), 8 * MIB);
  const args = ["put", source, "REMOTE:target", ...SLOW];
  const ran = await interrupted(bench, args, () => isFilling(`${bench.server.root.staging}/alice`));
  assertEquals(ran.code, 130);
  assertEquals(ran.stderr.split("\n").slice(1), [`ftp: 206 Stopped "my file"; the same command continues it`, ""]);
});

Deno.test("ftp get names the file and says how to go on when it is interrupted", async () => {
  await using bench = await Bench.start();
  bigFile(`${bench.server.home("alice")}/my file`, 8 * MIB);
  const args = ["get", "REMOTE:my file", bench.temp.path, "--json", ...SLOW];
  const ran = await interrupted(bench, args, () => isFilling(bench.temp.path, ".ftp-"));
  assertEquals(ran.code, 130);
  const message = 'Stopped "my file"; the same command continues it';
  assertEquals(JSON.parse(ran.stdout), { ok: false, code: 206, message, name: "my file" });
});

Deno.test("ftp put -r and get -r name the tree and what continues it when they are interrupted", async () => {
  await using bench = await Bench.start();
  Deno.mkdirSync(bench.temp.join("tree"));
  bigFile(bench.temp.join("tree", "large"), 8 * MIB);
  const put = ["put", "-r", bench.temp.join("tree"), "REMOTE:", ...SLOW];
  const ran = await interrupted(bench, put, () => isFilling(`${bench.server.root.staging}/alice`));
  assertEquals(ran.stderr.split("\n").slice(1), [`ftp: 206 Stopped "tree"; the same command continues it`, ""]);
  await bench.server.ftp(["put", "-r", bench.temp.join("tree"), `alice@${bench.server.address}:`]);
  const get = ["get", "-r", "REMOTE:tree", bench.temp.join("back"), ...SLOW];
  const back = await interrupted(bench, get, () => isFilling(bench.temp.join("back"), ".ftp-"));
  assertEquals(back.stderr.split("\n").slice(1), [`ftp: 206 Stopped "tree"; the same command continues it`, ""]);
});

Deno.test("connect -c runs nothing more when it is interrupted, even with --keep-going", async () => {
  await using bench = await Bench.start();
  const source = bigFile(bench.temp.join("source"), 8 * MIB);
  const commands = `put ${source} target; pwd; mkdir more`;
  const args = ["connect", `alice@${bench.server.address}`, "-c", commands, "--keep-going", ...SLOW];
  const ran = await interrupted(bench, args, () => isFilling(`${bench.server.root.staging}/alice`));
  assertEquals(ran.code, 130);
  assertEquals(ran.stdout, "");
  assertEquals(namesIn(bench.server.home("alice")), []);
});
