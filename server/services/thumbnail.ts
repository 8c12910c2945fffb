/**
 * Thumbnails (PS3.18 10.4.1.1.4): small images that stand for a study, series, instance or frame.
 * Those of the usual size are made once and kept beside the instance's blob.
 * @module
 */
import type { ThumbnailParameters } from "../../lib/query/rendered_parameters.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import { Problem } from "../http/problem.ts";
import { negotiateRendered } from "../http/rendered_negotiate.ts";
import type { Representation } from "../http/representation.ts";
import type { Scope } from "../index/index.ts";
import { type Bytes, type Client, PIXELS_VERSION } from "../pixels/pixels.ts";
import { frameRun, type FrameView, frameViews } from "./frame_views.ts";
import { isPresentationState } from "./presented.ts";
import { demandShown, type RenderParts } from "./render.ts";
import { renderTarget } from "./render_request.ts";
import { targetKey } from "./rendered_frames.ts";
import { representativeOf } from "./representative.ts";
import {
  type FoundInstance,
  isInstance,
  pathOf,
  presentInstance,
  presentScope,
} from "./retrieve_parts.ts";

/** What a request asks. */
export interface ThumbnailRequest {
  readonly ranges: readonly AcceptRange[];
  readonly parameters: ThumbnailParameters;
  /** Of an instance, counted from 1; the one in the middle where it is left out. */
  readonly frame?: number;
}

/** Pixels of a side at most, where no size is asked for. */
export const THUMBNAIL_SIDE = 160;

/** A person should see what it is, on a small screen. */
const QUALITY = 80;

/** What thumbnails come as. */
export const THUMBNAIL_MEDIA_TYPES = ["image/jpeg", "image/png"] as const;

/** Makes thumbnails. */
export interface Thumbnails {
  /** Throws Problem: 404 and 410 where there is nothing, 406 where nothing of it can be shown. */
  of(
    archive: string,
    scope: Scope,
    request: ThumbnailRequest,
    client: Client,
  ): Promise<Representation>;
}

/** Thumbnails over rendering. */
export function createThumbnails(parts: RenderParts): Thumbnails {
  const kept = createKept(parts.blobs);
  return {
    async of(archive, scope, { ranges, parameters: { viewport }, frame }, client) {
      const { mediaType } = negotiateRendered(ranges, THUMBNAIL_MEDIA_TYPES, ["single"]);
      const { found, revision } = await shown(parts, archive, scope);
      const { NumberOfFrames } = found.places.geometry;
      if (frame !== undefined && frame > NumberOfFrames) {
        throw new Problem(
          404,
          `This instance has ${NumberOfFrames} frames; the first is number 1.`,
        );
      }
      const number = frame ?? Math.ceil(NumberOfFrames / 2);
      const target = renderTarget(mediaType, {
        viewport: viewport ?? { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE },
        quality: QUALITY,
        annotation: [],
        warnings: [],
      });
      const [view] = frameViews([await frameRun(parts, found, [number])]);
      const make = () => parts.rendered.image(client, view!, target);
      const isUsual = viewport === undefined && mediaType === "image/jpeg";
      async function* read() {
        yield isUsual ? await kept.of(view!, client, make) : await make();
      }
      const location = `${pathOf(scope)}/thumbnail`;
      const etag = [revision, "thumbnail", number, targetKey(target)].join(":");
      return {
        etag,
        // A newer version may make a better one.
        lasting: false,
        body: { kind: "single", part: { mediaType, location, length: undefined, read } },
      };
    },
  };
}

interface Shown {
  readonly found: FoundInstance;
  readonly revision: string;
}

/** The instance that is shown. */
async function shown(parts: RenderParts, archive: string, scope: Scope): Promise<Shown> {
  if (!isInstance(scope)) {
    const { revision, instances } = await presentScope(parts.index, archive, scope);
    const found = await representativeOf(parts, archive, scope);
    demandShown(found);
    return { found, revision: `${revision}.${instances}` };
  }
  const found = await presentInstance(parts, archive, scope);
  if (isPresentationState(found.row)) {
    throw new Problem(406, "A presentation state has no thumbnail; ask for it rendered.");
  }
  demandShown(found);
  return { found, revision: String(found.row.revision) };
}

/** Images kept in the blob store, each beside what it was made of. */
function createKept(blobs: BlobStore) {
  const making = new Map<string, { readonly client: Client; readonly made: Promise<Bytes> }>();

  async function make(key: string, image: () => Promise<Bytes>): Promise<Bytes> {
    const known = await wholeJpeg(blobs, key);
    if (known !== undefined) return known;
    const bytes = await image();
    // One that a crash cut off is there, and written once more.
    await blobs.delete(key);
    const writer = await blobs.create(key, bytes.length);
    try {
      await writer.write(bytes);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.commit();
    return bytes;
  }

  async function of(
    view: FrameView,
    client: Client,
    image: () => Promise<Bytes>,
  ): Promise<Bytes> {
    const key = `${view.instance.row.blobKey}.thumbnail-${view.frame}-${PIXELS_VERSION}`;
    const known = making.get(key);
    if (known === undefined) {
      const made = make(key, image).finally(() => making.delete(key));
      making.set(key, { client, made });
      return await made;
    }
    try {
      return await known.made;
    } catch (error) {
      // It was given up with the client that it was made for.
      if (known.client.signal.aborted) return await of(view, client, image);
      throw error;
    }
  }

  return { of };
}

/** The bytes of a blob where it is a whole JPEG image. */
async function wholeJpeg(blobs: BlobStore, key: string): Promise<Bytes | undefined> {
  const length = await blobs.size(key);
  if (length === undefined || length < 4) return undefined;
  const bytes = await blobs.read(key, { offset: 0, length });
  return bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9 ? bytes : undefined;
}
