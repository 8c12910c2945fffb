/**
 * The corpus in a server's default archive.
 * @module
 */
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { stow } from "./stow.ts";

/** An instance as the server has it. */
export interface ArchivedInstance {
  readonly SOPInstanceUID: string;
  readonly SOPClassUID: string;
  readonly transferSyntaxUID: string;
  readonly dataSet: Uint8Array;
  /** There is File Meta Information before it. */
  readonly hasHead: boolean;
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly PatientID: string;
}

/** Stores the files, each SOP Instance UID once, and reads back what the server took. */
export async function archiveCorpus(dicomweb: string, corpus: URL): Promise<ArchivedInstance[]> {
  const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  const seen = new Set<string>();
  for (const { file, instance_uid } of files) {
    if (instance_uid !== null && seen.has(instance_uid)) continue;
    seen.add(instance_uid);
    const answer = await stow(dicomweb, [await Deno.readFile(new URL(file, corpus))]);
    await answer.body?.cancel();
  }
  return await archived(dicomweb);
}

/** Everything that the server has, as it is stored. */
export async function archived(dicomweb: string): Promise<ArchivedInstance[]> {
  const query = "limit=10000&includefield=StudyInstanceUID,SeriesInstanceUID,PatientID";
  const rows = await (await fetch(`${dicomweb}/instances?${query}`)).json();
  const instances: ArchivedInstance[] = [];
  for (const row of rows) {
    const text = (tag: string): string => row[tag]?.Value?.[0] ?? "";
    const place = {
      StudyInstanceUID: text("0020000D"),
      SeriesInstanceUID: text("0020000E"),
      SOPInstanceUID: text("00080018"),
    };
    const stored = await retrieveAs(dicomweb, place, "*");
    if (stored === undefined) throw new Error("What is found cannot be retrieved");
    const [SOPClassUID, PatientID] = [text("00080016"), text("00100020")];
    instances.push({ ...place, ...stored, SOPClassUID, PatientID });
  }
  return instances;
}

/** An instance as WADO-RS gives it in a transfer syntax; undefined where it cannot. */
export async function retrieveAs(
  dicomweb: string,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Pick<
    ArchivedInstance,
    "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID"
  >,
  transferSyntaxUID: string,
): Promise<Pick<ArchivedInstance, "transferSyntaxUID" | "dataSet" | "hasHead"> | undefined> {
  const response = await fetch(
    `${dicomweb}/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`,
    { headers: { Accept: `application/dicom; transfer-syntax=${transferSyntaxUID}` } },
  );
  const file = await response.bytes();
  if (response.status === 406) return undefined;
  const scanner = createInstanceScanner();
  await scanner.push(file);
  const { transferSyntaxUID: found, dataSetOffset } = await scanner.end();
  return {
    transferSyntaxUID: found,
    dataSet: file.subarray(dataSetOffset),
    hasHead: dataSetOffset > 0,
  };
}

/** The instances of each study, by its UID. */
export function byStudy(
  instances: readonly ArchivedInstance[],
): ReadonlyMap<string, readonly ArchivedInstance[]> {
  return Map.groupBy(instances, ({ StudyInstanceUID }) => StudyInstanceUID);
}

/** As a data set is sent: with a NUL behind it where its length is odd. */
export function evenLength(dataSet: Uint8Array): Uint8Array {
  if (dataSet.length % 2 === 0) return dataSet;
  const even = new Uint8Array(dataSet.length + 1);
  even.set(dataSet);
  return even;
}
