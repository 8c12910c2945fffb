/**
 * What the comparison stores and asks: CT studies, many small studies, and thousands of different
 * questions about them. Everything follows from a seed.
 * @module
 */
import { concat, ctInstance } from "../support/part10_builder.ts";
import { scannerElements } from "./ct_header.ts";

/** Paths are below the DICOMweb root; bodies are files for {@linkcode loadBodies}. */
export interface BenchData {
  /** CT of a study that nothing else is asked of: both servers store these first, to be warm. */
  readonly warmingBodies: readonly string[];
  /** Small studies to be found, one instance each: stored next, to be warm for small instances. */
  readonly searchedBodies: readonly string[];
  readonly ctBodies: readonly string[];
  /** Bytes of all instances in `ctBodies`. */
  readonly ctBytes: number;
  readonly smallBodies: readonly string[];
  /** A body with one small instance that was not stored before; every call makes another. */
  arriving(): Uint8Array<ArrayBuffer>;
  readonly studyQueries: readonly string[];
  readonly nameQueries: readonly string[];
  readonly dateQueries: readonly string[];
  readonly instanceQueries: readonly string[];
  readonly studyMetadata: readonly string[];
  readonly seriesMetadata: readonly string[];
  readonly studies: readonly string[];
  readonly frames: readonly string[];
}

/** Boundary of every body, as long as clients make them. */
export const BOUNDARY = "4f1c1d2e-0b7a-4c55-9c39-6a1f3c5d7e90";

const ROOT = "1.2.826.0.1.3680043.10.1";
const CT_STUDIES = 4;
const CT_OF_STUDY = 100;
const CT_OF_SERIES = 50;
const CT_OF_REQUEST = 10;
const WARMING_CT = 300;
const SEARCHED_STUDIES = 400;
const SMALL_INSTANCES = 2000;
const SMALL_OF_STUDY = 100;
const QUERIES = 4000;
const SURNAMES =
  ("SMITH JONES TAYLOR BROWN WILLIAMS WILSON JOHNSON DAVIES PATEL ROBINSON WRIGHT THOMPSON " +
    "EVANS WALKER WHITE ROBERTS GREEN HALL THOMAS CLARKE JACKSON WOOD HARRIS EDWARDS TURNER MARTIN " +
    "COOPER HILL WARD HUGHES MOORE CLARK KING HARRISON LEWIS BAKER LEE ALLEN MORRIS KHAN").split(
      " ",
    );
const GIVEN_NAMES =
  ("ANNA BEN CLARA DAVID EMMA FRANK GRACE HENRY IDA JOHN KAREN LUKE MARIA NOAH OLIVIA PAUL " +
    "QUINN ROSA SAM TINA URSULA VICTOR WENDY XAVER YASMIN ZOE").split(" ");

/** Writes the bodies into `folder`. */
export async function makeBenchData(folder: string): Promise<BenchData> {
  const random = generator(20261120);
  const pixels = noise(512 * 512 * 2, random);
  const smallPixels = pixels.subarray(0, 64 * 64 * 2);
  const ct: Instance[] = [];
  for (let study = 0; study < CT_STUDIES; study++) {
    for (let at = 0; at < CT_OF_STUDY; at++) ct.push(ctOf(study, at));
  }
  const searched = Array.from(
    { length: SEARCHED_STUDIES },
    (_, at) => smallStudy(at, 1, random)[0]!,
  );
  const small = Array.from(
    { length: SMALL_INSTANCES / SMALL_OF_STUDY },
    (_, at) => smallStudy(SEARCHED_STUDIES + at, SMALL_OF_STUDY, random),
  ).flat();

  let ctBytes = 0;
  const bodiesOf = async (name: string, list: readonly Instance[]): Promise<string[]> => {
    const bodies: string[] = [];
    for (let at = 0; at < list.length; at += CT_OF_REQUEST) {
      const files = list.slice(at, at + CT_OF_REQUEST).map((one) => bytesOf(one, 512, pixels));
      ctBytes += files.reduce((sum, file) => sum + file.length, 0);
      bodies.push(await write(`${folder}/${name}-${at}`, multipart(files)));
    }
    return bodies;
  };
  const warmingBodies = await bodiesOf(
    "warming",
    Array.from({ length: WARMING_CT }, (_, at) => ctOf(CT_STUDIES, at)),
  );
  ctBytes = 0;
  const ctBodies = await bodiesOf("ct", ct);
  const singly = (name: string, list: readonly Instance[]): Promise<string[]> =>
    Promise.all(
      list.map((one, at) =>
        write(`${folder}/${name}-${at}`, multipart([bytesOf(one, 64, smallPixels)]))
      ),
    );
  const searchedBodies = await singly("searched", searched);
  const smallBodies = await singly("small", small);
  let arrived = SEARCHED_STUDIES + SMALL_INSTANCES;

  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const queries = (make: () => string) => Array.from({ length: QUERIES }, make);
  const seriesPaths = [...new Set(ct.map((one) => `/studies/${one.study}/series/${one.series}`))];
  const studyPaths = [...new Set(ct.map((one) => `/studies/${one.study}`))];
  return {
    warmingBodies,
    ctBodies,
    ctBytes,
    searchedBodies,
    smallBodies,
    arriving: () => multipart([bytesOf(smallStudy(arrived++, 1, random)[0]!, 64, smallPixels)]),
    studyQueries: queries(() =>
      `/studies?limit=25&offset=${Math.floor(random() * 200)}&StudyDate=${pick(searched).date}-`
    ),
    nameQueries: queries(() =>
      `/studies?limit=25&offset=${Math.floor(random() * 20)}` +
      `&PatientName=${pick(SURNAMES).slice(0, 2 + Math.floor(random() * 3))}*`
    ),
    dateQueries: queries(() => {
      const year = 1990 + Math.floor(random() * 36);
      const month = `${1 + Math.floor(random() * 12)}`.padStart(2, "0");
      const day = `${1 + Math.floor(random() * 28)}`.padStart(2, "0");
      return `/studies?limit=25&StudyDate=${year}${month}${day}-${year + 1}0101`;
    }),
    instanceQueries: queries(() =>
      `${pick(seriesPaths)}/instances?limit=${25 + Math.floor(random() * 26)}` +
      `&offset=${Math.floor(random() * 20)}`
    ),
    studyMetadata: studyPaths.map((path) => `${path}/metadata`),
    seriesMetadata: seriesPaths.map((path) => `${path}/metadata`),
    studies: studyPaths,
    frames: ct.map((one) =>
      `/studies/${one.study}/series/${one.series}/instances/${one.instance}/frames/1`
    ),
  };
}

interface Instance {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly number: number;
  readonly name: string;
  readonly id: string;
  readonly date: string;
}

function ctOf(study: number, at: number): Instance {
  const series = Math.floor(at / CT_OF_SERIES);
  return {
    study: `${ROOT}.1.${study}`,
    series: `${ROOT}.1.${study}.${series}`,
    instance: `${ROOT}.1.${study}.${series}.${at}`,
    number: at + 1,
    name: `Computed^Study${study}`,
    id: `CT${study}`,
    date: `2026010${study + 1}`,
  };
}

function smallStudy(at: number, instances: number, random: () => number): Instance[] {
  const study = `${ROOT}.2.${at}`;
  const month = `${1 + Math.floor(random() * 12)}`.padStart(2, "0");
  const day = `${1 + Math.floor(random() * 28)}`.padStart(2, "0");
  const shared = {
    study,
    series: `${study}.1`,
    name: `${SURNAMES[Math.floor(random() * SURNAMES.length)]}^` +
      `${GIVEN_NAMES[Math.floor(random() * GIVEN_NAMES.length)]}`,
    id: `P${at}`,
    date: `${1990 + Math.floor(random() * 36)}${month}${day}`,
  };
  return Array.from({ length: instances }, (_, index) => ({
    ...shared,
    instance: `${study}.1.${index + 1}`,
    number: index + 1,
  }));
}

function bytesOf(one: Instance, side: number, pixels: Uint8Array): Uint8Array {
  return ctInstance({
    studyInstanceUID: one.study,
    seriesInstanceUID: one.series,
    sopInstanceUID: one.instance,
    instanceNumber: one.number,
    patientName: one.name,
    patientID: one.id,
    studyDate: one.date,
    rows: side,
    columns: side,
    pixels: [pixels],
    elements: scannerElements(one.number),
  });
}

function multipart(files: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const parts = files.flatMap((file) => [
    text.encode(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`),
    file,
  ]);
  return new Uint8Array(concat([...parts, text.encode(`\r\n--${BOUNDARY}--\r\n`)]));
}

async function write(path: string, bytes: Uint8Array): Promise<string> {
  await Deno.writeFile(path, bytes);
  return path;
}

/** Numbers in [0, 1) that follow from the seed (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Pixels as noisy as a CT's, in the range of soft tissue: 768 to 1279. */
function noise(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at % 2 === 0 ? random() * 256 : 3 + random() * 2);
}
