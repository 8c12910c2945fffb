/**
 * What a request for something rendered asks, as services take it.
 * @module
 */
import type {
  IccProfile,
  RenderedParameters,
  Viewport,
  WindowFunction,
} from "../../lib/query/rendered_parameters.ts";
import type { AcceptRange } from "../../lib/multipart/accept.ts";
import { Problem } from "../http/problem.ts";
import type { ImageMediaType } from "../http/rendered_negotiate.ts";
import type { InstanceScope } from "./retrieve_parts.ts";
import type { RenderTarget } from "../pixels/pixels.ts";

/** What a request asks. */
export interface RenderRequest {
  /** What the client accepts. */
  readonly ranges: readonly AcceptRange[];
  readonly parameters: RenderedParameters;
  /** Frames of the instance, counted from 1; undefined: the instance as a whole. */
  readonly frames?: readonly number[];
  /** The presentation state that it is to be seen through. */
  readonly state?: InstanceScope;
  /** Whether a window in which no value of the image lies is refused. */
  readonly isWindowSeen?: boolean;
}

/** JPEG quality where none is asked for: no difference that an eye sees. */
const DEFAULT_QUALITY = 90;

const FUNCTIONS = {
  "linear": "LINEAR",
  "linear-exact": "LINEAR_EXACT",
  "sigmoid": "SIGMOID",
} as const satisfies Record<WindowFunction, string>;

/** How an image is made; see RenderRequest. Throws Problem 400 where its media type cannot have what is asked. */
export function renderTarget(
  mediaType: ImageMediaType,
  { viewport, window, quality = DEFAULT_QUALITY, iccprofile, annotation }: RenderedParameters,
  isWindowSeen = false,
): RenderTarget {
  const options: RenderTarget["options"] = {
    ...(viewport === undefined ? {} : { viewport: viewportOf(viewport) }),
    ...(window === undefined ? {} : {
      window: { ...window, function: FUNCTIONS[window.function] },
      ...(isWindowSeen ? { isWindowSeen } : {}),
    }),
    ...(annotation.length === 0 ? {} : { annotations: annotation }),
  };
  const profile = profileOf(iccprofile);
  switch (mediaType) {
    case "image/jpeg":
      return { output: { kind: "jpeg", quality, ...profile }, options };
    case "image/png":
      return { output: { kind: "png", ...profile }, options };
    case "image/gif":
      if ("profile" in profile) {
        throw new Problem(400, "GIF holds no ICC profile; leave out iccprofile, or ask for PNG.");
      }
      return { output: { kind: "gif" }, options };
  }
}

function profileOf(wish: IccProfile | undefined) {
  return wish === undefined || wish === "no" ? {} : { profile: wish };
}

/** As the URL has it: a negative width or height flips. */
function viewportOf({ width, height, source }: Viewport) {
  if (source === undefined) return { width, height };
  const { x, y, flipHorizontal, flipVertical } = source;
  return {
    width,
    height,
    sx: x,
    sy: y,
    sw: source.width === undefined ? undefined : flipHorizontal ? -source.width : source.width,
    sh: source.height === undefined ? undefined : flipVertical ? -source.height : source.height,
  };
}
