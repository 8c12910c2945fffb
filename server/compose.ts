/**
 * The server's parts put together over an index and a blob store, whichever these are.
 * @module
 */
import type { Hono } from "hono";
import { DEFAULT_ARCHIVE } from "../lib/config/archives.ts";
import { isLoopback } from "../lib/config/addresses.ts";
import { isForThisMachine } from "../lib/config/environment.ts";
import { createApp } from "./app.ts";
import type { BlobStore } from "./blobs/blob_store.ts";
import type { Env } from "./http/context.ts";
import { errorFields, type Log } from "../lib/log.ts";
import type { Index } from "./index/index.ts";
import { createExposition } from "./metrics/exposition.ts";
import type { Family } from "./metrics/instruments.ts";
import { meterParts } from "./metrics/meters.ts";
import { processFamilies } from "./metrics/process_meter.ts";
import { createRequestMeter } from "./metrics/request_meter.ts";
import { createReaperMeter, meterStore } from "./metrics/store_meter.ts";
import { totalsFamilies } from "./metrics/totals.ts";
import type { Pixels } from "./pixels/pixels.ts";
import { bulkdataRoutes } from "./routes/bulkdata.ts";
import { framesRoutes } from "./routes/frames.ts";
import { metadataRoutes } from "./routes/metadata.ts";
import { metricsRoutes, readinessRoutes } from "./routes/metrics.ts";
import { renderedRoutes } from "./routes/rendered.ts";
import { removeRoutes } from "./routes/remove.ts";
import { retrieveRoutes } from "./routes/retrieve.ts";
import { searchRoutes } from "./routes/search.ts";
import { storeRoutes } from "./routes/store.ts";
import { isOpenViewer, viewerRoutes } from "./routes/viewer.ts";
import { createAnonymizers } from "./services/anonymizer.ts";
import { wadoUriRoutes } from "./routes/wado_uri.ts";
import { createIds } from "./services/ids.ts";
import { createKeyService, type KeyService } from "./services/keys.ts";
import { partChecks } from "./services/part_checks.ts";
import { createReadiness } from "./services/readiness.ts";
import { createReaper, type ReaperTimes, startReaper } from "./services/reaper.ts";
import { createRemovalRecords } from "./services/removal_records.ts";
import { createRemoveService } from "./services/remove.ts";
import { createRescan } from "./services/rescan.ts";
import { createRetrieveService } from "./services/retrieve.ts";
import { createSearchService } from "./services/search.ts";
import { createStoreService } from "./services/store.ts";
import type { Settings } from "./settings.ts";
import { inTurn } from "./services/turn.ts";
import { createStudyList } from "./services/study_list.ts";
import { aboutRoutes } from "./ui/about_routes.tsx";
import { assetRoutes, ASSETS } from "./ui/asset_routes.ts";
import type { Assets } from "./ui/assets.ts";
import { listedArchives } from "./ui/study_list/archive_roots.ts";
import { LOGIN, loginRoutes, LOGOUT } from "./ui/login_routes.tsx";
import { studyListRoutes } from "./ui/study_list/routes.tsx";
import { viewerSources } from "./viewer/sources.ts";
import type { ViewerFiles } from "./viewer/viewer_files.ts";

/** What a server is made of. */
export interface Parts {
  readonly index: Index;
  readonly blobs: BlobStore;
  readonly pixels: Pixels;
  /** What pages load. */
  readonly assets: Assets;
  readonly viewer: ViewerFiles;
  /** The API keys' secret. */
  readonly secret: Uint8Array;
  readonly settings: Settings;
  /** The port that the server listens on; asked while a request is served. */
  readonly port: () => number;
  readonly log: Log;
  /** What is counted elsewhere, for `/metrics`. */
  readonly families?: readonly Family[];
}

/** A server that only needs to listen. */
export interface Server {
  readonly app: Hono<Env>;
  readonly keys: KeyService;
  /** Answers `/metrics`, and nothing else, to whoever asks. */
  readonly metrics: Hono<Env>;
  /** Begins the rounds of the reaper; what comes back ends them. */
  startReaper(times?: ReaperTimes): () => Promise<void>;
}

/** Where a browser without a key gets one. */
const OPEN_PATHS: ReadonlySet<string> = new Set([LOGIN, LOGOUT]);

/** The reaper's first round waits until a start's rush is over; there is little to do in an hour. Milliseconds. */
const REAPER_TIMES: ReaperTimes = { first: 60_000, between: 3_600_000 };

/** A server that died in a round is waited for so long; after a round the others have none. Milliseconds. */
const REAPER_TURN = { hold: 60_000, rest: REAPER_TIMES.between - 60_000 };

/** Composes the server. Its archives have to be in the index before it serves; see `archiveNames`. */
export function compose(parts: Parts): Server {
  const { assets, viewer, secret, settings, port, log } = parts;
  const { index, blobs, pixels, families } = meterParts(parts);
  const { archives, grace, host, publicUrl } = settings;
  const conflicts = new Map(archives.map(({ name, conflict }) => [name, conflict]));
  const conflict = (archive: string) => conflicts.get(archive) ?? "refuse";
  const ofAet = new Map(archives.flatMap(({ name, aets }) => aets.map((aet) => [aet, name])));

  const loopback = isLoopback(host);
  const keys = createKeyService(index, {
    secret,
    open: isForThisMachine(settings) || settings.insecure,
    bridgeToken: settings.bridgeToken,
  });
  const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
  const rescan = createRescan({ index, blobs, ids });
  const records = createRemovalRecords({ index, blobs, ids });
  const report = (error: unknown) =>
    log({ level: "error", message: "store failed", ...errorFields(error) });
  const underWay = new Set<string>();
  const { store, families: storeFamilies } = meterStore(createStoreService({
    index,
    blobs,
    ids,
    records,
    underWay,
    now: Date.now,
    conflict,
    report,
  }));

  const lasting = (archive: string) => conflict(archive) === "refuse";
  const retrieve = createRetrieveService({
    index,
    blobs,
    pixels,
    anonymizer: createAnonymizers(secret, settings.deidentification),
    rescan,
    lasting,
  });

  const meter = createRequestMeter();
  const reaperMeter = createReaperMeter();
  const expose = createExposition([
    ...meter.families,
    ...storeFamilies,
    ...families,
    ...reaperMeter.families,
    ...totalsFamilies(index, archiveNames(settings)),
    ...processFamilies(),
    ...parts.families ?? [],
  ]);
  const metrics = metricsRoutes(expose);
  const readiness = createReadiness({
    // Looking is not work that is to be measured.
    checks: partChecks({
      index: parts.index,
      blobs: parts.blobs,
      ids,
      underWay,
      archive: DEFAULT_ARCHIVE,
    }),
    report: (part, error) =>
      log({ level: "error", message: "not ready", part, ...errorFields(error) }),
  });

  const app = createApp({
    archives: { default: DEFAULT_ARCHIVE, byAet: (title) => ofAet.get(title) },
    routers: [
      storeRoutes(store),
      searchRoutes(createSearchService({ index })),
      retrieveRoutes(retrieve),
      metadataRoutes(retrieve),
      framesRoutes(retrieve),
      bulkdataRoutes(retrieve),
      renderedRoutes(retrieve),
      removeRoutes(createRemoveService({ index, rescan, records, grace })),
    ],
    wadoUri: wadoUriRoutes(retrieve),
    pages: [
      readinessRoutes(readiness),
      metrics,
      assetRoutes(assets),
      studyListRoutes({
        list: createStudyList(index),
        assets,
        archives: listedArchives(archives),
        dimse: settings.dimse,
        now: Date.now,
      }),
      viewerRoutes({ files: viewer, assets, sources: viewerSources(archives) }),
      aboutRoutes({ assets, routes: () => app.routes, pixels, settings }),
      loginRoutes(assets, keys),
    ],
    isOpen: (request) =>
      OPEN_PATHS.has(request.path) || request.path.startsWith(`${ASSETS}/`) ||
      isOpenViewer(request),
    async problemPage(request, problem) {
      const { problemPage } = await import("./ui/problem_page.tsx");
      return await problemPage(request, assets, problem);
    },
    publicURL: publicUrl,
    trustedProxies: settings.trustedProxies,
    port,
    corsOrigins: settings.corsOrigins,
    hosts: loopback ? hostsOf(publicUrl) : undefined,
    verifier: keys,
    maxConcurrent: settings.concurrentRequests,
    log,
    meter,
    logRequests: false,
  });
  const reaper = createReaper({ index, blobs, records, underWay, grace });
  const turn = { name: "reaper", holder: crypto.randomUUID(), ...REAPER_TURN };
  return {
    app,
    keys,
    metrics,
    startReaper: (times = REAPER_TIMES) =>
      startReaper(
        {
          ...reaper,
          round: (stop) => inTurn(index, turn, stop, (signal) => reaper.round(signal)),
        },
        times,
        (outcome) => {
          reaperMeter.observe(outcome);
          if (outcome instanceof Error) {
            log({ level: "error", message: "reaper failed", ...errorFields(outcome) });
            return;
          }
          const { tombstones, orphans, unknown, brokenOff } = outcome;
          if (tombstones + orphans + brokenOff > 0) {
            log({ level: "info", message: "reaped", tombstones, orphans, brokenOff });
          }
          if (unknown > 0) {
            log({ level: "error", message: "files unknown to the index are kept", files: unknown });
          }
        },
      ),
  };
}

/** Names of the archives that a server with these settings serves. */
export function archiveNames({ archives }: Settings): string[] {
  return archives.map(({ name }) => name);
}

function hostsOf(url: string | undefined): string[] {
  return url === undefined ? [] : [new URL(url).hostname];
}
