/**
 * Instances that a test stores while something breaks, and what must be true of them afterwards.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { chance } from "./chance.ts";
import { ctInstance, SYNTAX } from "./part10_builder.ts";

const INSTANCES_PER_STUDY = 30;

/** What was sent in a round, and which of it was acknowledged, by number. */
export interface Round {
  readonly number: number;
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
}

const PIXELS = chance(1).bytes(512 * 1024);

/** The n-th instance of a round: the same bytes whenever it is made. */
export function instanceOf({ number }: Round, n: number): Uint8Array {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(number, n);
  // From less than the blobs' write buffer to a little more.
  const rows = 2 ** (n % 11);
  return ctInstance({
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID,
    patientID: `ROUND${number}`,
    transferSyntaxUID: n % 3 === 0 ? SYNTAX.implicit : SYNTAX.explicit,
    rows,
    columns: 256,
    pixels: [PIXELS.subarray(0, rows * 256 * 2)],
  });
}

/** UIDs of the n-th instance of a round. */
export function uidsOf(round: number, n: number) {
  const studyInstanceUID = `2.25.${round}.${Math.floor(n / INSTANCES_PER_STUDY)}`;
  const seriesInstanceUID = `${studyInstanceUID}.${n % 3}`;
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID: `${seriesInstanceUID}.${n}` };
}

/** What was acknowledged is there; what is there is whole, and counted right. */
export async function assertWhole(dicomweb: string, round: Round): Promise<void> {
  const found = new Set<string>();
  const studies = await search(`${dicomweb}/studies?PatientID=ROUND${round.number}`);
  for (const study of studies) {
    const url = `${dicomweb}/studies/${study("0020000D")}`;
    const instances = await search(`${url}/instances`);
    const series = await search(`${url}/series`);
    assertEquals(study("00201208"), instances.length, "NumberOfStudyRelatedInstances");
    assertEquals(study("00201206"), series.length, "NumberOfStudyRelatedSeries");
    for (const one of series) {
      const own = instances.filter((instance) => instance("0020000E") === one("0020000E"));
      assertEquals(one("00201209"), own.length, "NumberOfSeriesRelatedInstances");
    }
    assertEquals((await search(`${url}/metadata`)).length, instances.length);
    for (const instance of instances) found.add(String(instance("00080018")));
  }
  for (const n of round.sent) {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uidsOf(round.number, n);
    const response = await fetch(
      `${dicomweb}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`,
      { headers: { accept: "application/dicom; transfer-syntax=*" } },
    );
    const bytes = await response.bytes();
    const name = `instance ${n} of round ${round.number}`;
    if (found.delete(sopInstanceUID)) {
      assertEquals(response.status, 200, name);
      assert(equal(bytes, instanceOf(round, n)), `${name} has other bytes`);
    } else {
      assert(!round.acknowledged.has(n), `${name} was acknowledged and is lost`);
      assertEquals(response.status, 404, name);
    }
  }
  assertEquals([...found], [], "found, though never sent");
}

/** The data sets of an answer, each as a function that gives an attribute's first value. */
async function search(url: string): Promise<((tag: string) => unknown)[]> {
  const response = await fetch(url, { headers: { accept: "application/dicom+json" } });
  assertEquals(response.status, 200);
  const found: Record<string, { Value?: unknown[] }>[] = await response.json();
  return found.map((dataSet) => (tag) => dataSet[tag]?.Value?.[0]);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
