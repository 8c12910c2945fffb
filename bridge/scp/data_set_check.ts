/**
 * Reads a data set while it arrives, for what a C-STORE has to know of it: whether it is one from
 * its first element to its last, and whose UIDs it has (PS3.4 B.2.3).
 * @module
 */
import type { Tag } from "../../lib/dicom/dataset.ts";
import { ObjectScanner } from "../../lib/dicom/object_scanner.ts";
import type { ScanHandler, Treatment } from "../../lib/dicom/scan_handler.ts";

/** The UIDs that place an instance, as far as the data set has them. */
export interface InstanceUIDs {
  SOPClassUID?: string;
  SOPInstanceUID?: string;
  StudyInstanceUID?: string;
  SeriesInstanceUID?: string;
}

/** What a data set turned out to be. */
export interface CheckedDataSet {
  readonly uids: Readonly<InstanceUIDs>;
  /** What is wrong with its bytes, without values of it; undefined where nothing is. */
  readonly damage: string | undefined;
}

/** A check under way. Throws DecodeError and LimitError where nothing can be read. */
export interface DataSetCheck {
  /** Takes the next bytes of the data set; a promise where they have to be inflated. */
  push(bytes: Uint8Array): void | Promise<void>;
  /** Says that no more come. */
  end(): Promise<CheckedDataSet>;
}

/** Begins the check of a data set that `head` stands before in its file. */
export function checkDataSet(head: Uint8Array): DataSetCheck {
  const handler = new UIDHandler();
  const scanner = new ObjectScanner(() => handler);
  const begun = scanner.push(head);
  return {
    push: (bytes) => scanner.push(bytes),
    async end() {
      await begun;
      await scanner.end();
      return { uids: handler.uids, damage: scanner.damage?.error.message };
    },
  };
}

const NAMES: ReadonlyMap<Tag, keyof InstanceUIDs> = new Map([
  [0x00080016, "SOPClassUID"],
  [0x00080018, "SOPInstanceUID"],
  [0x0020000d, "StudyInstanceUID"],
  [0x0020000e, "SeriesInstanceUID"],
]);

/** Bytes of a value that can be a UID: twice what the standard allows, as some systems write. */
const UID_BYTES = 128;

const latin1 = new TextDecoder("latin1");

/** Keeps the UIDs of the data set itself; all else passes by. */
class UIDHandler implements ScanHandler {
  readonly uids: InstanceUIDs = {};
  #depth = 0;
  #name: keyof InstanceUIDs | undefined;

  beginValue(tag: Tag, _vr: string, length: number): Treatment {
    this.#name = this.#depth === 0 && length <= UID_BYTES ? NAMES.get(tag) : undefined;
    return this.#name === undefined ? "skip" : "hold";
  }

  value(bytes: Uint8Array): void {
    // Where a tag repeats, which PS3.5 7.1 forbids, its first element counts.
    if (this.#name !== undefined) {
      this.uids[this.#name] ??= latin1.decode(bytes).replace(/^ +|[\0 ]+$/g, "");
    }
  }

  beginSequence(): void {
    this.#depth++;
  }

  endSequence(): void {
    this.#depth--;
  }

  beginFragment(): Treatment {
    return "skip";
  }

  beginItem(): void {}
  endItem(): void {}
  beginFragments(): void {}
  endFragments(): void {}
  part(): void {}
  endParts(): void {}
}
