/** What is deployed, held against the code: `fly.toml` and the image's Dockerfile. @module */
import { assert, assertEquals, assertExists, assertGreater } from "@std/assert";
import { BRIDGE_ENVIRONMENT, parseBridgeEnvironment } from "../../lib/config/bridge_environment.ts";
import { DEFAULT_DIMSE_PORT } from "../../lib/config/dimse_settings.ts";
import { ENVIRONMENT, parseEnvironment } from "../../lib/config/environment.ts";
import { DOCKERFILE, leftOut, readFlyConfig, ROOT } from "../support/deployment.ts";

const fly = readFlyConfig();
const dockerfile = Deno.readTextFileSync(DOCKERFILE);
const deno = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));

Deno.test("fly.toml: its variables are ones that are read, and have values that are taken", () => {
  const known: ReadonlySet<string> = new Set([...ENVIRONMENT, ...BRIDGE_ENVIRONMENT]);
  assertEquals(Object.keys(fly.env).filter((name) => !known.has(name)), []);
  assertEquals(parseEnvironment((name) => fly.env[name]).problems, []);
  assertEquals(parseBridgeEnvironment((name) => fly.env[name]).problems, []);
  assertEquals(fly.env.GANTRY_CONFIG, fly.files[0]?.guest_path);
});

Deno.test("fly.toml: its groups are tasks, each with a machine and a volume where the image keeps data", () => {
  const groups = Object.keys(fly.processes).sort();
  assertEquals(groups, ["bridge", "server"]);
  for (const task of Object.values(fly.processes)) assert(task in deno.tasks, task);
  for (const parts of [fly.mounts, fly.vm]) {
    assertEquals(parts.flatMap(({ processes }) => processes).sort(), groups);
  }
  const [, data] = /\bGANTRY_DATA=(\S+)/.exec(dockerfile)!;
  const [, spool] = /\bGANTRY_SPOOL=(\S+)/.exec(dockerfile)!;
  assert(spool!.startsWith(`${data}/`));
  for (const { destination } of fly.mounts) assertEquals(destination, data);
  assertEquals(/^VOLUME (.*)$/m.exec(dockerfile)?.[1], data);
});

Deno.test("fly.toml: its ports are those that are listened on", () => {
  const { settings: { port, metricsPort } } = parseEnvironment((name) => fly.env[name]);
  assertExists(metricsPort);
  assertEquals([fly.http_service.processes, fly.http_service.internal_port], [
    ["server"],
    port,
  ]);
  assertEquals(fly.services.map(({ processes, internal_port }) => [processes, internal_port]), [
    [["bridge"], DEFAULT_DIMSE_PORT],
  ]);
  assertEquals(fly.metrics.map(({ processes, port, path }) => [processes, port, path]), [
    [["server"], metricsPort, "/metrics"],
  ]);
  const served = [fly.http_service, ...fly.services].map(({ internal_port }) => internal_port);
  assert(!served.includes(metricsPort), "metrics are for the private network");
  const exposed = /^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(" ").map(Number);
  assertEquals(exposed, served);
});

Deno.test("fly.toml: waits for the end of what is under way", () => {
  const [, grace] = /const GRACE = ([\d_]+);/.exec(
    Deno.readTextFileSync(`${ROOT}bridge/main.ts`),
  )!;
  const [, seconds] = /^(\d+)s$/.exec(fly.kill_timeout)!;
  assertGreater(Number(seconds) * 1000, Number(grace!.replaceAll("_", "")));
});

Deno.test("fly.toml: builds the image by its Dockerfile, which sees what it copies", async () => {
  const { dockerfile: file, ignorefile } = fly.build;
  assertEquals([ROOT + file, ignorefile], [DOCKERFILE, `${file}.dockerignore`]);
  await Deno.stat(ROOT + ignorefile);
});

Deno.test("Dockerfile: has the Deno that the README and CI run", () => {
  const versions = [...dockerfile.matchAll(/glibc-([\d.]+)\.tgz/g)].map(([, version]) => version);
  const [, tested] = /deno@([\d.]+)/.exec(Deno.readTextFileSync(`${ROOT}.ci/run`))!;
  assertEquals(versions, [tested, tested]);
});

Deno.test("Dockerfile: leaves out what only tests import, and nothing else", () => {
  const sources = [...read("lib"), ...read("server"), ...read("bridge")].join("\n");
  const isUsed = (name: string) =>
    ['"', "'", "node_modules/"].some((before) =>
      ['"', "'", "/"].some((after) => sources.includes(before + name + after))
    );
  const unused = Object.keys(deno.imports).map((name) => name.replace(/\/$/, ""))
    .filter((name) => !isUsed(name));
  assertEquals(leftOut().sort(), unused.sort());
});

/** Texts of the code. */
function* read(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    if (isDirectory) yield* read(`${folder}/${name}`);
    else if (/\.tsx?$/.test(name)) yield Deno.readTextFileSync(`${ROOT}${folder}/${name}`);
  }
}
