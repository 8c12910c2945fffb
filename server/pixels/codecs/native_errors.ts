/**
 * What the codecs' own errors mean for a frame.
 * @module
 */
import { PixelError } from "../frame.ts";
import { NativeError } from "./native_binding.ts";

/** For codecs that were not loaded before they are used: the caller's mistake. */
export function notLoaded(): TypeError {
  return new TypeError("The codecs of this transfer syntax are not loaded");
}

/**
 * What a codec gives. Throws PixelError "limit" where there is not the memory for it, and one that
 * says `why` where the codec fails otherwise.
 */
export function told<Result>(
  work: () => Result,
  why: "damaged" | "unsupported",
  message: string,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    if (error.exhausted) throw new PixelError("limit", "The frame takes more memory than there is");
    throw new PixelError(why, message);
  }
}
