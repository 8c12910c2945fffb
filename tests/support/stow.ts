/**
 * Store requests as a client would send them.
 * @module
 */
import { multipart } from "./archive.ts";

/** Stores PS3.10 files; the answer as it comes. `base`: a DICOMweb root. */
export function stow(
  base: string,
  files: readonly Uint8Array[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { headers: type, body } = multipart(files.map((file) => ({ body: file })));
  return fetch(`${base}/studies`, { method: "POST", headers: { ...type, ...headers }, body });
}
