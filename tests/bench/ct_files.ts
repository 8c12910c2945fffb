/**
 * CT studies as files, for programs that send files.
 * @module
 */
import { ctInstance } from "../support/part10_builder.ts";
import { scannerElements } from "./ct_header.ts";

/** Images of a study; each is 512 × 512 × 16 bits. */
export const CT_OF_STUDY = 100;

/** Files of one sender. */
export interface CtFiles {
  readonly folder: string;
  readonly files: number;
  readonly studies: readonly string[];
}

/** Writes `studies` studies whose UIDs begin with `root` into `folder`, which must be there. */
export async function writeCtFiles(
  folder: string,
  root: string,
  studies: number,
): Promise<CtFiles> {
  const pixels = crypto.getRandomValues(new Uint8Array(65_536));
  const image = Uint8Array.from(
    { length: 512 * 512 * 2 },
    (_, at) => at % 2 === 0 ? pixels[at % pixels.length]! : 3 + (pixels[at % pixels.length]! & 1),
  );
  const uids: string[] = [];
  for (let study = 1; study <= studies; study++) {
    const studyInstanceUID = `${root}.${study}`;
    uids.push(studyInstanceUID);
    for (let at = 1; at <= CT_OF_STUDY; at++) {
      const bytes = ctInstance({
        studyInstanceUID,
        seriesInstanceUID: `${studyInstanceUID}.1`,
        sopInstanceUID: `${studyInstanceUID}.1.${at}`,
        instanceNumber: at,
        patientName: `Computed^Study${study}`,
        patientID: `${root}-${study}`,
        studyDate: "20260102",
        rows: 512,
        columns: 512,
        pixels: [image],
        elements: scannerElements(at),
      });
      await Deno.writeFile(`${folder}/${study}-${at}.dcm`, bytes);
    }
  }
  return { folder, files: studies * CT_OF_STUDY, studies: uids };
}

/** Writes `count` images of `side` × `side` in studies of {@linkcode CT_OF_STUDY}; resolves to their paths. */
export async function writeImages(folder: string, count: number, side: number): Promise<string[]> {
  const pixels = crypto.getRandomValues(new Uint8Array(65_536));
  const names: string[] = [];
  for (let at = 0; at < count; at++) {
    const study = Math.floor(at / CT_OF_STUDY);
    const studyInstanceUID = `1.2.826.0.1.3680043.10.1.9.${study}`;
    const below = `${folder}/${study}`;
    if (at % CT_OF_STUDY === 0) await Deno.mkdir(below);
    const name = `${below}/${at}.dcm`;
    const image = new Uint8Array(side * side * 2);
    for (let to = 0; to < image.length; to += pixels.length) {
      image.set(pixels.subarray(0, Math.min(pixels.length, image.length - to)), to);
    }
    image[0] = at;
    const bytes = ctInstance({
      studyInstanceUID,
      seriesInstanceUID: `${studyInstanceUID}.1`,
      sopInstanceUID: `${studyInstanceUID}.1.${at}`,
      instanceNumber: at + 1,
      patientName: `Computed^Study${study}`,
      patientID: `IMPORT${study}`,
      studyDate: "20260102",
      rows: side,
      columns: side,
      pixels: [image],
      elements: scannerElements(at),
    });
    await Deno.writeFile(name, bytes);
    names.push(name);
  }
  return names;
}
