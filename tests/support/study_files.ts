/**
 * Small CT images of studies with what a person searches for, in UTF-8.
 * @module
 */
import { type BuiltElement, ctInstance, value } from "./part10_builder.ts";
import { stow } from "./stow.ts";

/** Of every UID: study n is `${STUDY_ROOT}.n`, its series m `${STUDY_ROOT}.n.m`. */
export const STUDY_ROOT = "1.2.826.0.1.3680043.10.5";

/** What an image says; what is left out has a default. */
export interface StudyFile {
  readonly study: number;
  readonly series?: number;
  readonly image?: number;
  readonly name?: string;
  readonly patientID?: string;
  readonly date?: string;
  readonly description?: string;
  readonly accession?: string;
  readonly modality?: string;
}

/** The image as a file. */
export function studyFile(
  { study, series = 1, image = 1, ...said }: StudyFile,
): Uint8Array<ArrayBuffer> {
  const studyInstanceUID = `${STUDY_ROOT}.${study}`;
  const seriesInstanceUID = `${studyInstanceUID}.${series}`;
  return new Uint8Array(ctInstance({
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID: `${seriesInstanceUID}.${image}`,
    instanceNumber: image,
    studyDate: said.date ?? "20240102",
    rows: 16,
    columns: 16,
    elements: [
      value(0x00080005, "CS", "ISO_IR 192"),
      value(0x00080050, "SH", said.accession ?? `ACC${study}`),
      value(0x00080060, "CS", said.modality ?? "CT"),
      text(0x00081030, "LO", said.description ?? "Thorax"),
      text(0x00100010, "PN", said.name ?? `Patient^Number ${study}`),
      text(0x00100020, "LO", said.patientID ?? `ID${study}`),
      value(0x00200011, "IS", String(series)),
    ],
  }));
}

/** Stores images; `base`: a DICOMweb root. */
export async function storeStudies(base: string, files: readonly StudyFile[]): Promise<void> {
  const response = await stow(base, files.map(studyFile));
  const answer = await response.text();
  if (response.status !== 200) throw new Error(answer);
}

function text(tag: number, vr: string, of: string): BuiltElement {
  const bytes = new TextEncoder().encode(of);
  return value(tag, vr, new TextEncoder().encode(bytes.length % 2 === 0 ? of : `${of} `));
}
