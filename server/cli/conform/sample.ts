/**
 * What a server holds that checks are made on: the studies that a run stores itself, or one that is
 * there already.
 * @module
 */
import { fail, unchecked } from "./check.ts";
import type { Http } from "./http.ts";
import { numberIn, type Row, rowsOfJson, textIn } from "./rows.ts";

/** An instance. */
export interface SampleInstance {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
  readonly SOPClassUID: string;
  /** Every attribute; of an existing study as its metadata has them. */
  readonly attributes: Row;
  readonly rows: number | undefined;
  readonly columns: number | undefined;
  readonly frames: number;
  /** Native pixel data of all frames, little endian; undefined where it is not known. */
  readonly pixels: Uint8Array<ArrayBuffer> | undefined;
  /** As a DICOM file; undefined where it was not made here. */
  readonly file: Uint8Array<ArrayBuffer> | undefined;
  /** Below the DICOMweb root. */
  readonly path: string;
}

/** A study. */
export interface SampleStudy {
  readonly StudyInstanceUID: string;
  /** Those of a series lie together. */
  readonly instances: readonly SampleInstance[];
  /** Below the DICOMweb root. */
  readonly path: string;
}

/** Studies, each with an instance at least. */
export interface Sample {
  readonly studies: readonly SampleStudy[];
}

/** An instance of these attributes. */
export function sampleInstance(
  attributes: Row,
  made: Partial<Pick<SampleInstance, "pixels" | "file">> = {},
): SampleInstance {
  const StudyInstanceUID = textIn(attributes, "StudyInstanceUID");
  const SeriesInstanceUID = textIn(attributes, "SeriesInstanceUID");
  const SOPInstanceUID = textIn(attributes, "SOPInstanceUID");
  return {
    StudyInstanceUID,
    SeriesInstanceUID,
    SOPInstanceUID,
    SOPClassUID: textIn(attributes, "SOPClassUID"),
    attributes,
    rows: numberIn(attributes, "Rows") || undefined,
    columns: numberIn(attributes, "Columns") || undefined,
    frames: numberIn(attributes, "NumberOfFrames") || 1,
    pixels: made.pixels,
    file: made.file,
    path: `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`,
  };
}

/** A study of these instances. */
export function sampleStudy(instances: readonly SampleInstance[]): SampleStudy {
  const StudyInstanceUID = instances[0]?.StudyInstanceUID ?? "";
  return { StudyInstanceUID, instances, path: `/studies/${StudyInstanceUID}` };
}

/** Instances of a study that are looked at where it was not made here: enough to see what is there. */
const MAX_INSTANCES = 1000;

/** A study that is there already, by its metadata. Throws a Verdict where there is none. */
export async function existingStudy(http: Http, StudyInstanceUID: string): Promise<Sample> {
  const answer = await http.send(`/studies/${StudyInstanceUID}/metadata`, {
    accept: "application/dicom+json",
  });
  if (answer.status !== 200) fail(`The study's metadata is answered with ${answer.status}.`);
  const rows = rowsOfJson(answer.body).slice(0, MAX_INSTANCES);
  if (rows.length === 0) unchecked("The study's metadata is empty.");
  const instances = rows.map((row) => sampleInstance(row));
  const inOrder = [...Map.groupBy(instances, (each) => each.SeriesInstanceUID).values()].flat();
  return { studies: [sampleStudy(inOrder)] };
}

/** Path of an instance's series below the DICOMweb root. */
export function seriesPath({ StudyInstanceUID, SeriesInstanceUID }: SampleInstance): string {
  return `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}`;
}

/** The instances of a study that are in one series with another. */
export function seriesOf(study: SampleStudy, member: SampleInstance): readonly SampleInstance[] {
  return study.instances.filter(({ SeriesInstanceUID }) =>
    SeriesInstanceUID === member.SeriesInstanceUID
  );
}
