/**
 * Decodes what it is sent and says what came of it: a decoder may never come back from a damaged
 * stream, so that this is a thread which can be ended.
 * @module
 */
import { decodeFrame } from "../../server/pixels/codecs/decode.ts";
import { decodedFormat } from "../../server/pixels/codecs/decoded_format.ts";
import { fullFrameLength } from "../../server/pixels/codecs/geometry.ts";
import { loadCodecs } from "../../server/pixels/codecs/load.ts";
import { type EncodedFrame, PixelError } from "../../server/pixels/frame.ts";

declare const self: {
  onmessage: ((event: MessageEvent<EncodedFrame>) => void) | null;
  postMessage(answer: FuzzAnswer): void;
};

/** What came of it. */
export type FuzzAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  | { readonly kind: "refused" }
  /** What must not be. */
  | { readonly kind: "broken"; readonly how: string };

const codecs = await loadCodecs();

self.onmessage = ({ data: encoded }) => self.postMessage(answer(encoded));
self.postMessage({ kind: "ready" });

function answer(encoded: EncodedFrame): FuzzAnswer {
  try {
    const { format, bytes } = decodeFrame(codecs, encoded);
    const expected = fullFrameLength(format);
    if (bytes.length !== expected) {
      return { kind: "broken", how: `${bytes.length} bytes where ${expected} must be` };
    }
    if (JSON.stringify(decodedFormat(encoded)) !== JSON.stringify(format)) {
      return { kind: "broken", how: "the format is not the one that was told before" };
    }
    return { kind: "frame", bytes };
  } catch (error) {
    if (error instanceof PixelError) return { kind: "refused" };
    return { kind: "broken", how: String(error) };
  }
}
