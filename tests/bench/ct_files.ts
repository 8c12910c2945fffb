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
