/**
 * The image, built by its Dockerfile's own steps, and run as Fly.io would: the process groups of
 * `fly.toml`, with its variables. Where it runs there is no name service and no registry.
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { collect, type Collected } from "../support/child_process.ts";
import { inside, killAllWithin, succeed } from "../support/container.ts";
import { type Image, withImage } from "../support/container_image.ts";
import { runTool } from "../support/dcmtk.ts";
import { DOCKERFILE, leftOut, readFlyConfig, ROOT } from "../support/deployment.ts";
import { scrape } from "../support/metrics.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest, VIEWER_DATA } from "../support/peers.ts";
import { proxyHeaderV2, startProxy } from "../support/proxy_front.ts";
import { stow } from "../support/stow.ts";
import { statusOf, UIDS } from "../support/unharmed.ts";

const fly = readFlyConfig();
const TOKEN = "a-token-of-more-than-thirty-two-characters";
const BEARER = { authorization: `Bearer ${TOKEN}` };

/** Fly's variables, its secrets, and free ports; a look at the registry would fail. */
const ENV = {
  ...fly.env,
  ...{ GANTRY_BRIDGE_TOKEN: TOKEN, GANTRY_CORE_TOKEN: TOKEN },
  ...{ GANTRY_PORT: "0", GANTRY_METRICS_PORT: "0", GANTRY_DIMSE_PORT: "0" },
  NPM_CONFIG_REGISTRY: "http://127.0.0.1:9",
};

/** The caller's address, as the proxy tells it. */
const MODALITY = "203.0.113.7";
const CONFIG = {
  aes: [{ title: "CT1", host: MODALITY, port: 104 }],
  dimse: { proxyProtocol: true },
};

/** Modules that processes and workers begin with. */
const STARTED = [
  ...["bridge/launch.ts", "bridge/main.ts", "server/launch.ts", "server/main.ts", "server/cli.ts"],
  ...["server/index/worker.ts", "server/pixels/worker.ts"],
];

/** Milliseconds in which a process has to end: container runtimes kill after as many. */
const END_WITHIN = 10_000;

peerTest(
  "image: is built by its Dockerfile, and serves as a user of its own, server and bridge",
  ["root", "debootstrap", "echoscu", "storescu"],
  async () => {
    const build = { dockerfile: DOCKERFILE, context: ROOT, args: { TARGETARCH: "amd64" } };
    await withImage({ ...build, cache: `${VIEWER_DATA}/image` }, async (image) => {
      await assertHoldsWhatItNeeds(image);
      await Deno.writeTextFile(image.root + fly.env.GANTRY_CONFIG, JSON.stringify(CONFIG));
      await withProcess(image, fly.processes.server, {}, async (server) => {
        const port = await server.portIn(/^listening on http:(.*):(\d+)$/m);
        await assertServes(image, port);
        await assertIsScraped(await server.portIn(/^metrics at http:(.*):(\d+)\/metrics$/m));
        const core = new URL(fly.env.GANTRY_CORE_URL!);
        const url = `http://[::1]:${port}${decodeURIComponent(core.pathname)}`;
        await withProcess(
          image,
          fly.processes.bridge,
          { GANTRY_CORE_URL: url },
          (bridge) => assertBridges(bridge, port),
        );
      });
    });
  },
);

/** A process of the image. */
interface ImageProcess {
  readonly log: Collected;
  /** The port in a line on stdout, which has to be that of every address. */
  portIn(line: RegExp): Promise<number>;
}

/** Runs `use` with a process of the image, which must then end as it should. */
async function withProcess(
  image: Image,
  command: string,
  env: Readonly<Record<string, string>>,
  use: (process: ImageProcess) => Promise<void>,
): Promise<void> {
  const child = within(image, [command], env).spawn();
  const said = collect(child.stdout);
  const log = collect(child.stderr);
  let isLate = false;
  try {
    await use({
      log,
      async portIn(line) {
        const match = await said.until(line);
        assert(match !== null, log.text());
        assertMatch(match[1]!, /^\/\/(GANTRY@)?\[::\]$/);
        return Number(match[2]);
      },
    });
  } finally {
    terminate(child);
    const late = setTimeout(() => {
      isLate = true;
      killAllWithin(image.root);
    }, END_WITHIN);
    const { code } = await child.status;
    // They end when every process has that writes to them.
    await Promise.all([said.done, log.done]);
    clearTimeout(late);
    assertEquals([code, isLate], [0, false], log.text());
  }
}

function terminate(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended already, and its code says how.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** A command of the image, as its user. */
function within(
  image: Image,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  const variables = new Map([...image.env, ...Object.entries({ ...ENV, ...env })]);
  return inside({ ...image, env: variables }, [...image.entrypoint, ...args], {
    stdout: "piped",
    stderr: "piped",
  });
}

async function assertHoldsWhatItNeeds(image: Image): Promise<void> {
  assertEquals(image.cmd, [fly.processes.server]);
  const shell = (script: string) => succeed(inside(image, ["sh", "-c", script]));
  assertMatch(await shell("deno --version"), /^deno 2\.9\.6 /);
  assertEquals((await shell("id --user --name; pwd; ls -A /data")).split("\n"), [
    "gantry",
    "/app",
    "",
  ]);
  // The code and what it imports is not what the process may change.
  assertEquals(await shell("find /app /deno /usr -writable -not -type l"), "");
  assertEquals((await shell("ls /app")).split("\n").filter((name) => name !== ""), [
    ...["bridge", "deno.json", "deno.lock", "lib", "node_modules", "server"],
  ]);
  // Types are taken off already.
  await shell(`ls ${STARTED.map((path) => `/deno/gen/file/app/${path}.js`).join(" ")}`);
  const packages = (await shell("ls -d node_modules/* node_modules/@*/*")).split("\n");
  const without = leftOut().filter((name) => packages.includes(`node_modules/${name}`));
  assertEquals(without, []);
}

async function assertServes(image: Image, port: number): Promise<void> {
  // What a proxy dials, and what a neighbour on an IPv6 network does.
  const roots = ["127.0.0.1", "[::1]"].map((host) => `http://${host}:${port}`);
  const base = `${roots[0]}/dicomweb`;
  assertEquals(await statusOf(stow(base, [ctInstance()])), 401);
  assertEquals(await statusOf(stow(base, [ctInstance()], BEARER)), 200);
  for (const root of roots) {
    assertEquals(await statusOf(fetch(root + fly.http_service.checks[0]!.path)), 200);
    const found = await (await fetch(`${root}/dicomweb/studies`, { headers: BEARER })).json();
    assertEquals(found.length, 1);
    assert(found[0]["00081190"].Value[0].startsWith(`${fly.env.GANTRY_PUBLIC_URL}/dicomweb/`));
  }
  const thumbnail = `${base}/studies/${UIDS.study}/thumbnail`;
  assertEquals(await statusOf(fetch(thumbnail, { headers: BEARER })), 200);
  const pid = (await Deno.readTextFile(`${image.root}/data/server.lock`)).trim();
  assertMatch(await Deno.readTextFile(`/proc/${pid}/status`), /^Uid:\t999\t999\t999\t999$/m);

  // What an operator does beside the running server.
  const added = await succeed(within(image, ["keys", "add", "--name", "a", "--scopes", "read"]));
  const headers = { authorization: `Bearer ${added.trim()}` };
  await until(async () => await statusOf(fetch(`${base}/studies`, { headers })) === 200);
}

/** Asks again and again. Throws after ten seconds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!await holds()) assert(performance.now() < deadline, "not in time");
}

async function assertIsScraped(port: number): Promise<void> {
  const now = await scrape(`http://127.0.0.1:${port}`);
  assertEquals(now.get('gantry_instances{archive="default"}'), 1);
}

async function assertBridges(bridge: ImageProcess, serverPort: number): Promise<void> {
  const port = await bridge.portIn(/^listening on dicom:(.*):(\d+)$/m);
  // A check of the platform: it connects and goes.
  (await Deno.connect({ hostname: "127.0.0.1", port })).close();
  const titles = ["-aet", "CT1", "-aec", "GANTRY"];
  const call = async (from: string, program: "echoscu" | "storescu", ...files: string[]) => {
    await using proxy = startProxy({ host: "127.0.0.1", port }, proxyHeaderV2(from));
    return (await runTool(program, [...titles, "127.0.0.1", `${proxy.port}`, ...files])).code;
  };
  assertEquals(await call(MODALITY, "echoscu"), 0);
  assert(await call("203.0.113.8", "echoscu") !== 0, "a stranger was let in");
  const file = await Deno.makeTempFile({ suffix: ".dcm" });
  try {
    const [studyInstanceUID, sopInstanceUID] = ["2.25.4711", "2.25.4712"];
    await Deno.writeFile(file, ctInstance({ studyInstanceUID, sopInstanceUID }));
    assertEquals(await call(MODALITY, "storescu", file), 0);
    const search = `http://127.0.0.1:${serverPort}/dicomweb/studies?StudyInstanceUID=`;
    const found = () => fetch(search + studyInstanceUID, { headers: BEARER });
    await until(async () => (await (await found()).json()).length === 1);
  } finally {
    await Deno.remove(file);
  }
}
