/**
 * The whole server in the test's own process, over real parts in a temporary folder.
 * @module
 */
import type { Hono } from "hono";
import { openFsBlobs } from "../../server/blobs/fs.ts";
import { archiveNames, compose } from "../../server/compose.ts";
import type { Env } from "../../server/http/context.ts";
import { openLocalIndex } from "../../server/index/open_local.ts";
import { openPixels } from "../../server/pixels/open_pixels.ts";
import type { Pixels } from "../../server/pixels/pixels.ts";
import type { KeyService } from "../../server/services/keys.ts";
import { readSettings } from "../../server/settings.ts";
import { loadAssets } from "../../server/ui/assets.ts";
import { openViewerFiles } from "../../server/viewer/fs_viewer_files.ts";

/** The server, as it would be served at {@linkcode ComposedServer.origin}. */
export interface ComposedServer {
  readonly app: Hono<Env>;
  readonly keys: KeyService;
  readonly pixels: Pixels;
  /** Answers a request for a path. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

const ASSETS = new URL("../../server/ui/assets/", import.meta.url);
const ORIGIN = "http://localhost:8080";

/** Runs a test on a server of its own. `env`: its environment. */
export async function withComposed(
  test: (server: ComposedServer) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-composed-" });
  const index = await openLocalIndex(`${folder}/index.db`);
  const pixels = openPixels();
  try {
    const { settings } = await readSettings((name) => env[name], Deno.readTextFile);
    await index.ensureArchives(archiveNames(settings));
    const { app, keys } = compose({
      index,
      blobs: await openFsBlobs(`${folder}/blobs`),
      pixels,
      assets: await loadAssets((name) => Deno.readFile(new URL(name, ASSETS))),
      viewer: openViewerFiles(`${folder}/viewer`),
      secret: crypto.getRandomValues(new Uint8Array(32)),
      settings,
      port: () => 8080,
      log: () => {},
    });
    const fetch = async (path: string, init?: RequestInit) =>
      await app.fetch(new Request(ORIGIN + path, init), {});
    await test({ app, keys, pixels, fetch });
  } finally {
    await pixels.close();
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}
