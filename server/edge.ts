/**
 * The server without native code and without a disk, as Deno Deploy runs it: the index is a remote
 * libSQL, the objects are in an object store, and any number of instances come and go beside it.
 * What takes time to load is loaded while the index opens.
 * @module
 */
import { hostPort } from "../lib/config/addresses.ts";
import { drainable } from "./http/drain.ts";
import { listen } from "./http/listen.ts";
import { log, run, StartRefused, stopSignal } from "./program.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Whatever it listens on, everyone can reach it. */
const EVERYWHERE = "0.0.0.0";

/** The platform lets an instance sleep 5 s after its last request at the earliest. Milliseconds. */
const REAPER_TIMES = { first: 2_000, between: 3_600_000 };

/** The platform ends a process 5 s after it asked for it; what is under way until then breaks off. Milliseconds. */
const STOP_WITHIN = 4_000;

/** Milliseconds within which a worker has answered something small, where the platform has them. */
const WORKER_PATIENCE = 5_000;

async function main(): Promise<void> {
  const stopping = stopSignal();
  const { settings, index: indexPlace, blobs: blobsPlace } = await edgeSettings();
  const { openRemoteIndex } = await import("./index/open_remote.ts");
  const { createCommitMeter } = await import("./metrics/commit_meter.ts");
  const commits = createCommitMeter();
  const opening = openRemoteIndex(indexPlace, { onCommit: commits.observe });
  // Awaited below.
  opening.catch(() => {});
  const [
    { archiveNames, compose },
    { openS3Blobs },
    { openPixels, startWorker },
    { anyWorker },
    { loadAssets },
    { openViewerFiles },
    { OHIF },
    { KEY_SECRET, newSecret },
  ] = await Promise.all([
    import("./compose.ts"),
    import("./blobs/s3.ts"),
    import("./pixels/open_pixels.ts"),
    import("./pixels/any_worker.ts"),
    import("./ui/assets.ts"),
    import("./viewer/fs_viewer_files.ts"),
    import("./viewer/release.ts"),
    import("./services/keys.ts"),
  ]);
  const index = await opening;
  const pixels = openPixels(anyWorker({ start: startWorker, patience: WORKER_PATIENCE }));
  try {
    const [secret, assets] = await Promise.all([
      index.secret(KEY_SECRET, newSecret),
      loadAssets((name) => Deno.readFile(new URL(`ui/assets/${name}`, import.meta.url))),
      index.ensureArchives(archiveNames(settings)),
    ]);
    const { app, keys, startReaper } = compose({
      index,
      blobs: openS3Blobs(blobsPlace),
      pixels,
      assets,
      // The build of a deployment may have put it there.
      viewer: openViewerFiles(`${settings.data}/viewer/${OHIF.build}`),
      secret,
      settings: { ...settings, host: EVERYWHERE },
      // Asked while a request is served, so not before there is a server.
      port: () => server.port,
      log,
      families: commits.families,
    });
    // The first request finds the list of keys under way; a failure shows where it is needed.
    keys.authenticate(undefined).catch(() => {});
    const { handler, drain } = drainable(app.fetch);
    const server = listen({
      ...address(),
      onListen: ({ hostname, port }) =>
        console.log(`listening on http://${hostPort(hostname, port)}`),
      onLost: (error) =>
        log({ level: "error", message: "no connection can be taken", reason: String(error) }),
    }, handler);
    const stopReaper = startReaper(REAPER_TIMES);
    await stopping;
    await within(STOP_WITHIN, Promise.all([drain(), stopReaper()]));
  } finally {
    await pixels.close();
    await index.close();
  }

  /** Where the platform says nothing else, which goes before: a start elsewhere may name an address. */
  function address() {
    const { host, port } = settings;
    return {
      ...(Deno.env.get("GANTRY_HOST") ? { hostname: host } : {}),
      ...(Deno.env.get("GANTRY_PORT") ? { port } : {}),
    };
  }
}

/** The settings, which must name an index and an object store. Throws StartRefused with all that is wrong. */
async function edgeSettings() {
  const { settings, problems } = await readSettings(Deno.env.get, Deno.readTextFile);
  const { index, blobs } = settings;
  const reasons = [...problems, ...withoutMachine(settings)];
  if (reasons.length > 0 || index.kind !== "remote" || blobs.kind !== "s3") {
    throw new StartRefused(reasons);
  }
  return { settings, index, blobs: blobs.place };
}

/** What the settings want of a machine that is not there. */
function withoutMachine({ index, blobs, metricsPort }: Settings): string[] {
  const isUnset = (name: string) => !Deno.env.get(name)?.trim();
  const problems: string[] = [];
  if (isUnset("GANTRY_INDEX_URL")) {
    problems.push(
      "GANTRY_INDEX_URL is needed: there is no disk for the index here, so give the libsql:// URL " +
        "of a database",
    );
  }
  if (isUnset("GANTRY_BLOBS_URL")) {
    problems.push(
      "GANTRY_BLOBS_URL is needed: there is no disk for the objects here, so give the " +
        "s3://bucket/prefix of an object store",
    );
  }
  if (index.kind === "remote" && index.replica) {
    problems.push("GANTRY_INDEX_REPLICA needs a disk, and there is none here: leave it out");
  }
  if (blobs.kind === "s3" && blobs.cacheBytes > 0) {
    problems.push("GANTRY_BLOBS_CACHE needs a disk, and there is none here: leave it out");
  }
  if (metricsPort !== undefined) {
    problems.push(
      "GANTRY_METRICS_PORT needs a second port, and there is one here: leave it out, and give who " +
        "reads /metrics a key",
    );
  }
  return problems;
}

/** Waits for a promise, but not longer. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, over]);
  clearTimeout(timer);
}

await run(main);
