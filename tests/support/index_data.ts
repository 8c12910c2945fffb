/**
 * Instances for tests of the index, made from as little as a test wants to say.
 * @module
 */
import type { AddOutcome, Index, InstanceRow, NewInstance } from "../../server/index/index.ts";

/** The archive of the tests. */
export const ARCHIVE = "default";
const CT = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

/** Numbers of a study, a series in it and an instance in that: `1.2.3` becomes UIDs below `2.25`. */
export type Numbers = readonly [study: number, series: number, instance: number];

/** UIDs of an instance. */
export function uids([study, series, instance]: Numbers) {
  const StudyInstanceUID = `2.25.${study}`;
  const SeriesInstanceUID = `${StudyInstanceUID}.${series}`;
  return {
    StudyInstanceUID,
    SeriesInstanceUID,
    SOPInstanceUID: `${SeriesInstanceUID}.${instance}`,
  };
}

let blobs = 0;

/** An instance with a blob of its own; `attributes` over plain ones. */
export function newInstance(
  numbers: Numbers,
  attributes: Readonly<Record<string, string | null>> = {},
  pieces: Uint8Array = new TextEncoder().encode(numbers.join(".")),
): NewInstance {
  const identifiers = uids(numbers);
  const SOPClassUID = attributes.SOPClassUID ?? CT;
  return {
    archive: ARCHIVE,
    object: {
      ...identifiers,
      SOPClassUID,
      TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
      blobKey: `${ARCHIVE}/2026-01-01/${++blobs}`,
      size: 1_000 + numbers[2],
      dataSetOffset: 330,
      prefixDigest: "ab".repeat(32),
      dataSetDigest: "cd".repeat(32),
    },
    attributes: {
      PatientID: "P1",
      PatientName: "DOE^JANE",
      StudyDate: "20260102",
      Modality: "CT",
      SeriesNumber: String(numbers[1]),
      InstanceNumber: String(numbers[2]),
      ...attributes,
      ...identifiers,
      SOPClassUID,
    },
    header: { version: 3, pieces, places: new Uint8Array([numbers[2]]) },
  };
}

/** Adds all at once; every one of them must be new. */
export async function addAll(index: Index, instances: readonly NewInstance[]): Promise<number[]> {
  const outcomes = await Promise.all(instances.map((instance) => index.add(instance)));
  return outcomes.map(revisionOf);
}

/** The revision of something added. */
export function revisionOf(outcome: AddOutcome): number {
  if (outcome.kind === "added") return outcome.revision;
  throw outcome.kind === "failed" ? outcome.error : new Error("The instance was there already");
}

/** All rows of pages. */
export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return (await Array.fromAsync(pages)).flat();
}

/** The ends of SOP Instance UIDs. */
export function numbersOf(rows: readonly InstanceRow[]): string[] {
  return rows.map(({ SOPInstanceUID }) => SOPInstanceUID.replace("2.25.", ""));
}
