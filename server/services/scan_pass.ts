/**
 * The one pass over an instance's bytes: scanned and digested as they go by.
 * @module
 */
import { createHash } from "node:crypto";
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";

/** What a pass found. */
export interface ScannedObject {
  readonly scan: InstanceScan;
  /** SHA-256 of the bytes before the data set, hex; "" where there are none. */
  readonly prefixDigest: string;
  /** SHA-256 of the bytes from the data set on, hex. */
  readonly dataSetDigest: string;
}

/** A pass under way. Both throw DecodeError and LimitError, after which it is over. */
export interface ScanPass {
  /**
   * Takes the next bytes, whose memory may be used again after. A promise (of a deflated data set)
   * is to be awaited before that.
   */
  push(chunk: Uint8Array): void | Promise<void>;
  end(): Promise<ScannedObject>;
  /** About how many bytes of memory the header takes so far. */
  readonly heldBytes: number;
}

/** Begins a pass. */
export function createScanPass(): ScanPass {
  const scanner = createInstanceScanner();
  const prefix = createHash("sha256");
  const dataSet = createHash("sha256");
  // Chunks that came before it was known where the data set begins: the File Meta Information.
  let held: Uint8Array[] = [];
  let prefixLeft: number | undefined;

  function digest(chunk: Uint8Array): void {
    const cut = Math.min(prefixLeft ?? 0, chunk.length);
    if (cut > 0) prefix.update(chunk.subarray(0, cut));
    if (cut < chunk.length) dataSet.update(cut === 0 ? chunk : chunk.subarray(cut));
    prefixLeft = (prefixLeft ?? 0) - cut;
  }

  function digestHeld(dataSetOffset: number): void {
    prefixLeft = dataSetOffset;
    for (const chunk of held) digest(chunk);
    held = [];
  }

  return {
    push(chunk) {
      const pushed = scanner.push(chunk);
      if (prefixLeft !== undefined) digest(chunk);
      else {
        const { dataSetOffset } = scanner;
        held.push(dataSetOffset === undefined ? chunk.slice() : chunk);
        if (dataSetOffset !== undefined) digestHeld(dataSetOffset);
      }
      return pushed;
    },

    get heldBytes() {
      return scanner.heldBytes;
    },

    async end() {
      const scan = await scanner.end();
      if (prefixLeft === undefined) digestHeld(scan.dataSetOffset);
      return {
        scan,
        prefixDigest: scan.dataSetOffset === 0 ? "" : prefix.digest("hex"),
        dataSetDigest: dataSet.digest("hex"),
      };
    },
  };
}

/** Passes over a whole stream. */
export async function scanStream(stream: AsyncIterable<Uint8Array>): Promise<ScannedObject> {
  const pass = createScanPass();
  for await (const chunk of stream) {
    const pushed = pass.push(chunk);
    if (pushed !== undefined) await pushed;
  }
  return await pass.end();
}
