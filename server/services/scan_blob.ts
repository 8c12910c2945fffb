/**
 * The data set of a stored object, read again.
 * @module
 */
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import type { BlobStore } from "../blobs/blob_store.ts";

/** Scans a blob, leaving large values where they lie. Rejects with BlobNotFoundError. */
export async function scanBlob(blobs: BlobStore, key: string): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  for await (const chunk of await blobs.open(key)) {
    const pushed = scanner.push(chunk);
    if (pushed !== undefined) await pushed;
  }
  return await scanner.end();
}
