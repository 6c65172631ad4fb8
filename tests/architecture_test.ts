import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, relative, resolve, SEPARATOR } from "@std/path";

/** What each folder may import besides packages: itself and the layers below it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: ["protocol"],
  console: ["console", "protocol"],
  files: ["files", "protocol"],
  users: ["users", "files", "console", "protocol"],
  server: ["server", "users", "files", "console", "protocol"],
  client: ["client", "files", "console", "protocol"],
};

/** The only files that touch the disk: the others say what they need of it by these. A new one is a line here, and a reason. */
const FILE_SYSTEM_FILES = [
  "console/descriptors.ts", // How many descriptors are left
  "files/file_mode.ts", // Who may execute a file
  "files/file_time.ts", // The time of a file
  "files/folder.ts", // Folders that are made
  "files/lock.ts", // How programs know of each other
  "files/lookup.ts", // What is at a path, and in a folder
  "files/open.ts", // All files that are open, which counts descriptors
  "files/remove.ts", // All that goes
  "files/rename.ts", // All that gets a name
  "files/small_file.ts", // Files that are read or written whole
  "server/storage/disk_space.ts", // `statfs`, which needs a permission of its own
  "users/database.ts", // SQLite opens its files itself
];

/** The only files that open connections or wait for them. */
const SOCKET_FILES = [
  "client/connection/dial.ts",
  "client/connection/probe.ts",
  "server/listener.ts",
  "server/open_listener.ts",
];

/** The only files that start other programs. */
const PROCESS_FILES = [
  "client/commands/local.ts",
  "console/job_control.ts",
];

const FILE_SYSTEM_CALL = new RegExp(
  String.raw`\bDeno\.(?:open|create|readFile|readTextFile|writeFile|writeTextFile|readDir|readLink|stat|lstat|` +
    String.raw`realPath|mkdir|remove|rename|copyFile|symlink|link|chmod|chown|truncate|utime|makeTempDir|` +
    String.raw`makeTempFile|watchFs)(?:Sync)?\(|"node:fs(?:/promises)?"|\bnew DatabaseSync\(`,
);
const SOCKET_CALL =
  /\bDeno\.(?:listen|listenTls|listenDatagram|connect|connectTls|startTls|serve|resolveDns)\(|"node:(?:net|tls|dgram|https?)"|\bfetch\(|\bnew WebSocket\(/;
const PROCESS_CALL = /\bDeno\.(?:Command|run)\b|"node:child_process"/;

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** One source file. `code` is its text without comments. */
interface Source {
  readonly path: string;
  readonly code: string;
}

/** All TypeScript below a folder, by path from the top of the checkout with `/`. */
function sourcesUnder(folder: string): Source[] {
  const sources: Source[] = [];
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) sources.push(...sourcesUnder(path));
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) sources.push(sourceOf(path));
  }
  return sources;
}

function sourceOf(path: string): Source {
  return { path, code: withoutComments(Deno.readTextFileSync(join(ROOT, path))) };
}

/** The text without comments; strings stay, so that `"http://"` does not begin one. */
function withoutComments(text: string): string {
  const parts = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (part) => part.startsWith("/") ? "" : part);
}

/** Our own files that a file imports, by path from the top. */
function importsOf({ path, code }: Source): string[] {
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
  return specifiers.filter((specifier) => /^[./]/.test(specifier))
    .map((specifier) => relative(ROOT, resolve(ROOT, dirname(path), specifier)).split(SEPARATOR).join("/"));
}

const main = sourceOf("main.ts");
const layers = Object.keys(MAY_IMPORT).flatMap(sourcesUnder);
const sources = [main, ...layers];

/** The files whose code has what is looked for. */
function filesWith(pattern: RegExp, among: readonly Source[] = sources): string[] {
  return among.filter(({ code }) => pattern.test(code)).map(({ path }) => path).sort();
}

function under(folder: string): Source[] {
  return layers.filter(({ path }) => path.startsWith(`${folder}/`));
}

Deno.test("withoutComments() takes comments out and nothing else", () => {
  assertEquals(
    withoutComments("a(\"http://x\"); // Deno.exit\n/* Deno.\n */ b('//'); /** c */"),
    "a(\"http://x\"); \n b('//'); ",
  );
});

Deno.test("importsOf() finds every form of import", () => {
  const code =
    'import a from "./a.ts"; import "../b.ts"; export * from "./c/d.ts"; await import("../users/e.ts"); import "@std/x"';
  assertEquals(importsOf({ path: "server/x.ts", code }), ["server/a.ts", "b.ts", "server/c/d.ts", "users/e.ts"]);
});

Deno.test("the folders are there and hold what they are for", () => {
  for (const folder of Object.keys(MAY_IMPORT)) assert(under(folder).length > 0, folder);
});

Deno.test("a folder imports itself and the folders to its right, nothing else", () => {
  const wrong = layers.flatMap((source) => {
    const allowed = MAY_IMPORT[source.path.split("/")[0]!]!;
    return importsOf(source).filter((path) => !allowed.includes(path.split("/")[0]!))
      .map((path) => `${source.path} imports ${path}`);
  });
  assertEquals(wrong, []);
});

/** The folders that a folder's files import, by path from the top. */
function foldersBelow(top: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const source of under(top)) {
    const from = dirname(source.path);
    const to = importsOf(source).filter((path) => path.startsWith(`${top}/`)).map(dirname);
    found.set(from, new Set([...found.get(from) ?? [], ...to.filter((folder) => folder !== from)]));
  }
  return found;
}

/** The folders from which one comes back to where one was. */
function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    [...graph.get(from) ?? []].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return [...graph.keys()].filter((folder) => reaches(folder, folder, new Set()));
}

Deno.test("circlesIn() finds a circle of any length", () => {
  const graph = new Map([["a", new Set(["b"])], ["b", new Set(["c"])], ["c", new Set(["b"])], ["d", new Set(["a"])]]);
  assertEquals(circlesIn(graph), ["b", "c"]);
});

Deno.test("the folders of a layer import each other one way only", () => {
  for (const layer of ["client", "server"]) assertEquals(circlesIn(foldersBelow(layer)), []);
});

Deno.test("only main.ts knows the command line and ends the process", () => {
  assertEquals(filesWith(/\bDeno\.(?:args|exit)\b|\bprocess\.(?:argv|exit)\b/), ["main.ts"]);
});

Deno.test("protocol/ is pure: no platform, no console, no clock, no timer, no randomness but of crypto", () => {
  const impure = [
    /\bDeno\./,
    /\bconsole\./,
    /\bDate\.now\b/,
    /\bperformance\./,
    /\bnew Date\(\s*\)/,
    /\bset(?:Timeout|Interval|Immediate)\b/,
    /\bMath\.random\b/,
    /\bprocess\./,
    /"node:(?!(?:crypto|util)")/,
  ];
  for (const pattern of impure) assertEquals(filesWith(pattern, under("protocol")), [], String(pattern));
});

Deno.test("nothing prints but through the terminal or the log", () => {
  assertEquals(filesWith(/\bconsole\./), []);
});

Deno.test("file-system calls are in the files of the table and nowhere else", () => {
  assertEquals(filesWith(FILE_SYSTEM_CALL), FILE_SYSTEM_FILES.toSorted());
});

Deno.test("sockets are in the files of the table and nowhere else", () => {
  assertEquals(filesWith(SOCKET_CALL), SOCKET_FILES.toSorted());
});

Deno.test("other programs are started in the files of the table and nowhere else", () => {
  assertEquals(filesWith(PROCESS_CALL), PROCESS_FILES.toSorted());
});

Deno.test("doors know nothing of disks", () => {
  for (const door of ["server/native", "server/ftp"]) assertEquals(filesWith(FILE_SYSTEM_CALL, under(door)), []);
});

/** Doors, messages, frames and logins; a chunk is only bytes that have an owner. */
const WIRE = /^server\/(?:native|ftp)\/|^protocol\/(?:message|login|frame\/(?!chunk\.ts$))/;

Deno.test("storage knows nothing of wires", () => {
  const wrong = under("server/storage").flatMap((source) =>
    importsOf(source).filter((path) => WIRE.test(path)).map((path) => `${source.path} imports ${path}`)
  );
  assertEquals(wrong, []);
});

Deno.test("WIRE is doors, messages and frames, and no chunk", () => {
  for (const path of ["server/native/door.ts", "protocol/message/record.ts", "protocol/frame/frame.ts"]) {
    assert(WIRE.test(path), path);
  }
  for (const path of ["protocol/frame/chunk.ts", "protocol/limits.ts"]) assert(!WIRE.test(path), path);
});

Deno.test("only one file makes virtual paths", () => {
  assertEquals(filesWith(/\bas VirtualPath\b/), ["protocol/virtual_path.ts"]);
});

Deno.test("doors know nothing of each other, and what is for every door knows none of them", () => {
  const doors = ["server/native", "server/ftp"];
  const wrong = [...doors, "server/sessions", "server/log"].flatMap((folder) =>
    under(folder).flatMap((source) => {
      const others = doors.filter((door) => door !== folder);
      return importsOf(source).filter((path) => others.some((door) => path.startsWith(`${door}/`)))
        .map((path) => `${source.path} imports ${path}`);
    })
  );
  assertEquals(wrong, []);
});

Deno.test("sessions and listeners know no frame, and a listener knows no door", () => {
  const shared = [...under("server/sessions"), ...layers.filter(({ path }) => path === "server/listener.ts")];
  const wrong = shared.flatMap((source) =>
    importsOf(source).filter((path) => /^protocol\/frame\/|^server\/(?:native|ftp)\//.test(path))
      .map((path) => `${source.path} imports ${path}`)
  );
  assertEquals(wrong, []);
  assertEquals(filesWith(/\bimport [^;]*\bALPN\b/, layers.filter(({ path }) => /^server\/[^/]+$/.test(path))), []);
});

Deno.test("a command touches six files of code at most: `rmdir` is named in five, and its method is in home.ts", () => {
  assertEquals(filesWith(/\brmdir\b/), [
    "client/commands/command_table.ts",
    "client/commands/folders.ts",
    "protocol/message/commands.ts",
    "server/native/commands/command_table.ts",
    "server/native/commands/rmdir.ts",
  ]);
  assert(filesWith(/\bremoveFolder\(/, under("server/storage")).includes("server/storage/home.ts"));
});

Deno.test("no file exports a default", () => {
  assertEquals(filesWith(/\bexport\s+default\b|\bas\s+default\b/), []);
});

Deno.test("every file's name says what is in it", () => {
  const all = [...sources, ...sourcesUnder("tests")];
  const names = all.map(({ path }) => path.split("/").at(-1)!);
  assertEquals(names.filter((name) => /^(?:utils?|types?|mod|index|helpers?|common|misc)\.ts$/.test(name)), []);
  assertEquals(names.filter((name) => !/^[a-z0-9_]+\.ts$/.test(name)), []);
});

Deno.test("every source file begins by saying what it is for", () => {
  const silent = sources.filter(({ path }) => !Deno.readTextFileSync(join(ROOT, path)).startsWith("/**"));
  assertEquals(silent.map(({ path }) => path), []);
});

Deno.test("the files that the documents name are there", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "docs/design.md", "server/TRUST.md", "protocol/PROTOCOL.md"];
  const gone = documents.filter((document) => isThere(document)).flatMap((document) => {
    const named = [...Deno.readTextFileSync(join(ROOT, document)).matchAll(/`([\w./-]+\.ts)`/g)].map(([, path]) =>
      path!
    );
    const here = (path: string) => isThere(path) || isThere(join(dirname(document), path));
    return named.filter((path) => !here(path)).map((path) => `${document} names ${path}`);
  });
  assertEquals(gone, []);
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(join(ROOT, path)).isFile;
  } catch {
    return false;
  }
}
