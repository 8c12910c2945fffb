/**
 * The rules that keep the parts apart, held against every file.
 * @module
 */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** A source file: its path from the root, its text, and its code without comments. */
interface Source {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  /** Files of this project by path from the root, and packages by name. */
  readonly imports: readonly string[];
}

const sources = [...read("lib"), ...read("server"), ...read("bridge"), ...read("tests")];
const lib = sources.filter((source) => source.path.startsWith("lib/"));
const server = sources.filter((source) => source.path.startsWith("server/"));
const bridge = sources.filter((source) => source.path.startsWith("bridge/"));

function* read(folder: string): Generator<Source> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* read(path);
    if (!entry.isFile || !/\.tsx?$/.test(path)) continue;
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    yield { path, text, code: withoutComments(text), imports: importsOf(path, text) };
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{}(,])\/\/.*$/gm, "$1");
}

function importsOf(path: string, text: string): string[] {
  const statements = /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']/g;
  const calls = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
  const code = withoutComments(text);
  return [...code.matchAll(statements), ...code.matchAll(calls)].map(([, target]) =>
    target!.startsWith(".")
      ? new URL(target!, new URL(path, ROOT)).pathname.slice(ROOT.pathname.length)
      : target!
  );
}

/** Lines "file: what" for every file that breaks a rule. */
function violations(
  files: readonly Source[],
  rule: (source: Source) => Iterable<string>,
): string[] {
  return files.flatMap((source) => [...rule(source)].map((what) => `${source.path}: ${what}`));
}

const isPackage = (target: string) => !/^(lib|server|bridge|tests)\//.test(target);
const within = (path: string, ...folders: readonly string[]) =>
  folders.some((folder) => path.startsWith(folder));

Deno.test("the top level: holds what the layout names", () => {
  const allowed = new Set(
    "server bridge lib tests deno.json deno.lock fly.toml README.md LICENSE .gitignore .ci".split(
      " ",
    ),
  );
  const local = new Set([".git", "node_modules", "data"]);
  const names = [...Deno.readDirSync(ROOT)].map((entry) => entry.name);
  assertEquals(names.filter((name) => !allowed.has(name) && !local.has(name)), []);
});

Deno.test("lib: imports from lib and pure packages only", () => {
  const pure = new Set(["node:zlib", "dicom-character-set", "zod", "saxes"]);
  assertEquals(
    violations(
      lib,
      ({ imports }) =>
        imports.filter((target) =>
          isPackage(target)
            ? !pure.has(target) && !target.startsWith("@std/")
            : !within(target, "lib/")
        ),
    ),
    [],
  );
});

Deno.test("lib: a folder imports from those before it", () => {
  const order = [
    ["errors.ts", "log.ts"],
    ["bytes"],
    ["dicom", "multipart", "pdu"],
    [
      "dul",
      "dimse",
      "deid",
    ],
    ["query"],
    ["config"],
  ];
  const rank = (path: string) => order.findIndex((names) => names.includes(path.split("/")[1]!));
  const folder = (path: string) => path.split("/")[1];
  assertEquals(lib.filter(({ path }) => rank(path) < 0).map(({ path }) => path), []);
  assertEquals(
    violations(
      lib,
      ({ path, imports }) =>
        imports.filter((target) =>
          within(target, "lib/") && folder(target) !== folder(path) && rank(target) >= rank(path)
        ),
    ),
    [],
  );
});

Deno.test("lib: has no system, network, timer, clock or randomness", () => {
  const impure =
    /\b(Deno\.|fetch\(|setTimeout|setInterval|queueMicrotask|Date\.now|new Date\(\)|performance\.|Math\.random|crypto\.|localStorage)/g;
  assertEquals(violations(lib, ({ code }) => code.match(impure) ?? []), []);
});

Deno.test("server and bridge: never import each other, nor tests", () => {
  const others = { server: ["bridge/", "tests/"], bridge: ["server/", "tests/"] };
  const strangers = (own: "server" | "bridge") => ({ imports }: Source) =>
    imports.filter((target) => within(target, ...others[own]));
  assertEquals(violations(server, strangers("server")), []);
  assertEquals(violations(bridge, strangers("bridge")), []);
});

Deno.test("routes: reach storage through services only", () => {
  const routes = server.filter(({ path }) => within(path, "server/routes/"));
  assertEquals(
    violations(
      routes,
      ({ imports }) =>
        imports.filter((target) =>
          within(target, "server/blobs/", "server/index/", "server/pixels/") &&
          !INTERFACES.has(target)
        ),
    ),
    [],
  );
});

/** What services, routes and http may know of storage and of pixel work. */
const INTERFACES = new Set([
  "server/blobs/blob_store.ts",
  "server/index/index.ts",
  "server/pixels/frame.ts",
  "server/pixels/pixels.ts",
]);

Deno.test("services: know the interfaces of blobs, index and pixels, and no route", () => {
  const services = server.filter(({ path }) => within(path, "server/services/"));
  assertEquals(
    violations(
      services,
      ({ imports }) =>
        imports.filter((target) =>
          within(target, "server/routes/") || target === "hono" ||
          within(target, "server/blobs/", "server/index/", "server/pixels/") &&
            !INTERFACES.has(target)
        ),
    ),
    [],
  );
});

/** The composition roots: alone in naming implementations and in reading the environment. */
const ROOTS = new Set([
  "server/main.ts",
  "server/machine_storage.ts",
  "server/launch.ts",
  "server/start.ts",
  "server/edge.ts",
  "server/cli.ts",
  "bridge/main.ts",
  "bridge/launch.ts",
  "bridge/cli.ts",
]);

Deno.test("implementations: are named by the composition roots only", () => {
  const implementation = (target: string) =>
    within(target, "server/blobs/", "server/index/", "server/pixels/") && !INTERFACES.has(target);
  const others = server.filter(({ path }) =>
    !ROOTS.has(path) && !within(path, "server/blobs/", "server/index/", "server/pixels/")
  );
  assertEquals(violations(others, ({ imports }) => imports.filter(implementation)), []);
});

Deno.test("packages: the database stays in server/index, files in server/blobs", () => {
  assertEquals(
    violations(server, ({ path, code, imports }) => [
      ...imports.filter((target) =>
        /^(kysely|libsql|@libsql\/)/.test(target) && !within(path, "server/index/")
      ),
      ...(ROOTS.has(path) || FILE_USERS.some((folder) => within(path, folder))
        ? []
        : code.match(FILE_CALLS) ?? []),
    ]),
    [],
  );
});

const FILE_CALLS =
  /\bDeno\.(?!removeSignal)(open|readFile|readTextFile|writeFile|writeTextFile|remove|mkdir|rename|stat|readDir)\w*/g;

/** Those who read and write what a person names. */
const NAMED_FILE_USERS = ["server/cli/import.ts", "server/cli/import/", "server/cli/export/"];

/** Beside the composition roots. */
const FILE_USERS = [
  "server/blobs/",
  "server/backup_folder.ts",
  "server/data_folder.ts",
  "server/index_file.ts",
  ...NAMED_FILE_USERS,
  // The viewer is no object of an archive, and is kept in a folder wherever the archives are.
  "server/viewer/install.ts",
  "server/viewer/fs_viewer_files.ts",
];

Deno.test("the remote index: needs no native code, no worker and no disk", () => {
  const reached = new Set(["server/index/open_remote.ts"]);
  for (const path of reached) {
    const { imports = [] } = server.find((source) => source.path === path) ?? {};
    for (const target of imports) reached.add(target);
  }
  const own = server.filter(({ path }) => reached.has(path));
  assertEquals(violations(own, ({ code }) => code.match(/\b(Deno\.|Worker\b)/g) ?? []), []);
  const packages = [...reached].filter(isPackage);
  assertEquals(packages.filter((target) => /libsql/.test(target)), ["@libsql/client/web"]);
});

Deno.test("packages: codecs stay in server/pixels", () => {
  const others = [...server, ...bridge].filter(({ path }) => !within(path, "server/pixels/"));
  assertEquals(
    violations(others, ({ code, imports }) => [
      ...imports.filter((target) => /^(dcmjs-codecs|@cornerstonejs)/.test(target)),
      ...code.match(/\bWebAssembly\b/g) ?? [],
    ]),
    [],
  );
});

Deno.test("the environment: is read by the composition roots only", () => {
  const others = [...server, ...bridge].filter(({ path }) => !ROOTS.has(path));
  assertEquals(violations(others, ({ code }) => code.match(/\bDeno\.env\b/g) ?? []), []);
});

Deno.test("bridge: sockets stay in bridge/net", () => {
  const others = bridge.filter(({ path }) => !within(path, "bridge/net/"));
  const sockets = /\bDeno\.(listen|connect|resolveDns|startTls)\w*/g;
  assertEquals(
    violations(others, ({ code, imports }) => [
      ...code.match(sockets) ?? [],
      ...imports.filter((target) => /^node:(net|tls|dns|dgram)/.test(target)),
    ]),
    [],
  );
});

Deno.test("bridge: HTTP stays in bridge/gateway", () => {
  const others = bridge.filter(({ path }) => !within(path, "bridge/gateway/"));
  assertEquals(
    violations(others, ({ code, imports }) => [
      ...code.match(/\b(fetch\(|new Request\b|Deno\.serve\b)/g) ?? [],
      ...imports.filter((target) => /^node:https?$/.test(target)),
    ]),
    [],
  );
});

Deno.test("bridge: files stay in bridge/spool, and with those who read what a person names", () => {
  const others = bridge.filter(({ path }) =>
    !ROOTS.has(path) && !within(path, "bridge/spool/", "bridge/cli/")
  );
  assertEquals(
    violations(others, ({ code, imports }) => [
      ...code.match(FILE_CALLS) ?? [],
      ...imports.filter((target) => /^node:fs\b/.test(target)),
    ]),
    [],
  );
});

Deno.test("bridge: services and clients see associations, never what carries them", () => {
  const services = bridge.filter(({ path }) => within(path, "bridge/scp/", "bridge/scu/"));
  const seen = new Set([
    "bridge/net/admission.ts",
    "bridge/net/association.ts",
    "bridge/net/connect_options.ts",
  ]);
  assertEquals(
    violations(
      services,
      ({ imports }) =>
        imports.filter((target) => within(target, "bridge/net/") && !seen.has(target)),
    ),
    [],
  );
});

Deno.test("files: have at most 400 lines, and a name in snake case", () => {
  const isGenerated = (text: string) => /generated/i.test(text.slice(0, 400));
  assertEquals(
    violations(sources, ({ path, text }) => [
      ...(text.split("\n").length > 401 && !isGenerated(text) ? ["more than 400 lines"] : []),
      ...(/^[a-z0-9_]+(\.d)?\.tsx?$/.test(path.split("/").at(-1)!) ? [] : ["name"]),
    ]),
    [],
  );
});

Deno.test("files: begin with what they are for", () => {
  const opens = /^\/\*\*[\s\S]*?@module\s*\*\//;
  const modules = sources.filter(({ path }) => !/(\.d|_test)\.tsx?$/.test(path));
  assertEquals(violations(modules, ({ text }) => opens.test(text) ? [] : ["no @module"]), []);
});

Deno.test("code: has no any and silences no compiler error", () => {
  const own = sources.filter(({ path }) => !path.endsWith(".d.ts"));
  const forbidden = /(:|<|\bas|,)\s*any\b(?=\s*[;,)>\]=\[|&{]|$)/gm;
  assertEquals(
    violations(own, ({ path, text, code }) => [
      ...(path === "tests/architecture_test.ts" ? [] : code.match(forbidden) ?? []),
      ...(path === "tests/architecture_test.ts" ? [] : text.match(/@ts-(ignore|nocheck)/g) ?? []),
    ]),
    [],
  );
});
