/**
 * The server on a machine: settings, data folder, index, blobs and services put together and
 * served until a signal comes. What takes time to load is loaded while the index opens.
 * @module
 */
import { hostPort, isLoopback } from "../lib/config/addresses.ts";
import {
  type DataFolder,
  lockDataFolder,
  openDataFolder,
  RestoreError,
  syncDataFolder,
} from "./data_folder.ts";
import { isForThisMachine } from "../lib/config/environment.ts";
import { drainable, type Handler } from "./http/drain.ts";
import { listen, type Listening, type ListenOptions } from "./http/listen.ts";
import { openBlobs, openIndex, openSecret } from "./machine_storage.ts";
import { createCommitMeter } from "./metrics/commit_meter.ts";
import { log, run, StartRefused, stopSignal } from "./program.ts";
import { readSettings, type Settings } from "./settings.ts";
import { loadAssets } from "./ui/assets.ts";
import { openViewerFiles } from "./viewer/fs_viewer_files.ts";
import { OHIF } from "./viewer/release.ts";

async function main(): Promise<void> {
  const stopping = stopSignal();
  const { settings, problems } = await readSettings(Deno.env.get, Deno.readTextFile);
  if (problems.length > 0) throw new StartRefused(problems);
  const folder = await dataFolder(settings.data);
  using _lock = await lockOf(folder);
  const commits = createCommitMeter();
  const opening = openIndex(settings.index, folder, { onCommit: commits.observe });
  const openingBlobs = openBlobs(settings.blobs, folder);
  // Whichever fails is awaited below.
  opening.catch(() => {});
  openingBlobs.catch(() => {});
  const [{ archiveNames, compose }, { startLoopMeter }, { openPixels }] = await Promise.all([
    import("./compose.ts"),
    import("./metrics/loop_meter.ts"),
    import("./pixels/open_pixels.ts"),
  ]);
  const index = await opening;
  const pixels = openPixels();
  const loop = startLoopMeter();
  try {
    const [blobs, secret, assets] = await Promise.all([
      openingBlobs,
      openSecret(settings.index, folder, index),
      loadAssets((name) => Deno.readFile(new URL(`ui/assets/${name}`, import.meta.url))),
      index.ensureArchives(archiveNames(settings)),
    ]);
    await syncDataFolder(folder);
    const { app, keys, metrics, startReaper } = compose({
      index,
      blobs,
      pixels,
      assets,
      viewer: openViewerFiles(`${folder.viewers}/${OHIF.build}`),
      secret,
      settings,
      // Asked while a request is served, so not before there is a server.
      port: () => server.port,
      log,
      families: [...commits.families, ...loop.families],
    });
    await refuseOpenDoor(settings, () => keys.anyLive());
    const { handler, drain } = drainable(app.fetch);
    const server = listening(settings, handler);
    const scraped = listeningForScrapes(settings, metrics.fetch);
    const stopReaper = startReaper();
    await stopping;
    await Promise.all([drain(), stopReaper()]);
    await Promise.all([server.shutdown(), scraped?.shutdown()]);
  } finally {
    loop.stop();
    await pixels.close();
    await index.close();
  }
}

async function dataFolder(path: string): Promise<DataFolder> {
  try {
    return await openDataFolder(path);
  } catch (error) {
    throw error instanceof RestoreError ? new StartRefused([error.message]) : error;
  }
}

async function lockOf(folder: DataFolder): Promise<Deno.FsFile> {
  const lock = await lockDataFolder(folder);
  if (lock !== undefined) return lock;
  throw new StartRefused([
    `Another server has the data folder ${folder.path}: stop it, or choose another GANTRY_DATA`,
  ]);
}

async function refuseOpenDoor(
  settings: Settings,
  anyLiveKey: () => Promise<boolean>,
): Promise<void> {
  const { host, insecure, bridgeToken } = settings;
  if (insecure || bridgeToken !== undefined || isForThisMachine(settings)) return;
  if (await anyLiveKey()) return;
  const why = isLoopback(host)
    ? "Others reach the server through a proxy (GANTRY_PUBLIC_URL, GANTRY_TRUSTED_PROXIES)"
    : `GANTRY_HOST ${host} can be reached from other machines`;
  throw new StartRefused([
    `${why} and there is no API key: ` +
    "make one with `deno task keys add`, set GANTRY_BRIDGE_TOKEN to one of your own, " +
    "or set GANTRY_INSECURE=1 to let everyone in",
  ]);
}

function listening({ host, port }: Settings, handler: Handler): Listening {
  return listenOr("GANTRY_PORT", {
    hostname: host,
    port,
    onListen: ({ port }) => console.log(`listening on http://${hostPort(host, port)}`),
  }, handler);
}

function listeningForScrapes(
  { host, metricsPort }: Settings,
  handler: Handler,
): Listening | undefined {
  if (metricsPort === undefined) return undefined;
  return listenOr("GANTRY_METRICS_PORT", {
    hostname: host,
    port: metricsPort,
    onListen: ({ port }) => console.log(`metrics at http://${hostPort(host, port)}/metrics`),
  }, handler);
}

/** Listens; where the port is in use, the start is refused by a sentence that names its variable. */
function listenOr(
  variable: "GANTRY_PORT" | "GANTRY_METRICS_PORT",
  options: Omit<ListenOptions, "onLost">,
  handler: Handler,
): Listening {
  try {
    return listen({
      ...options,
      onLost: (error) =>
        log({ level: "error", message: "no connection can be taken", reason: String(error) }),
    }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      const { hostname, port } = options;
      throw new StartRefused([`Port ${port} of ${hostname} is in use: choose another ${variable}`]);
    }
    throw error;
  }
}

await run(main);
