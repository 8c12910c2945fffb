/**
 * The viewer in a folder, as `install.ts` leaves it.
 * @module
 */
import { CODINGS, diskName, MANIFEST, type ManifestFile } from "./manifest.ts";
import type { Viewer, ViewerFiles } from "./viewer_files.ts";

/** The viewer of one build in the folder `path`. */
export function openViewerFiles(path: string): ViewerFiles {
  let known: { readonly at: number; readonly viewer: Viewer } | undefined;

  return {
    async installed() {
      const at = await modified(`${path}/${MANIFEST}`);
      if (at === undefined) known = undefined;
      else if (known?.at !== at) {
        const list = JSON.parse(await Deno.readTextFile(`${path}/${MANIFEST}`));
        known = { at, viewer: viewerOf(path, list) };
      }
      return known?.viewer;
    },
  };
}

/** When a file was last changed, in milliseconds; undefined where there is none. */
async function modified(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function viewerOf(path: string, list: readonly ManifestFile[]): Viewer {
  const places = new Map(list.map(({ name }, place) => [name, place]));
  return {
    file(name, choose) {
      const place = places.get(name);
      const file = place === undefined ? undefined : list[place];
      if (place === undefined || file === undefined) return undefined;
      const { mediaType, sizes } = file;
      const kept = CODINGS.filter((coding) => sizes[coding] !== undefined);
      const coding = choose(kept);
      return {
        mediaType,
        coding,
        size: sizes[coding] ?? sizes.identity,
        open: async () => (await Deno.open(`${path}/${diskName(place, coding)}`)).readable,
      };
    },
  };
}
