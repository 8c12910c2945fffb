/**
 * Store requests as a client would send them.
 * @module
 */

const BOUNDARY = "gantry-test-boundary";

/** Content-Type of {@linkcode stowBody}. */
export const STOW_TYPE = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;

/** A body with each PS3.10 file as a part. */
export function stowBody(files: readonly Uint8Array[]): Blob {
  const pieces: BlobPart[] = [];
  for (const file of files) {
    pieces.push(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    pieces.push(file as Uint8Array<ArrayBuffer>);
  }
  return new Blob([...pieces, `\r\n--${BOUNDARY}--\r\n`]);
}

/** Stores files; the answer as it comes. `base`: a DICOMweb root. */
export function stow(
  base: string,
  files: readonly Uint8Array[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${base}/studies`, {
    method: "POST",
    headers: { "content-type": STOW_TYPE, ...headers },
    body: stowBody(files),
  });
}
