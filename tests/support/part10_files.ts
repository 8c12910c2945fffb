/**
 * Part 10 files as programs write them: what is File Meta Information, and what the data set.
 * @module
 */

/** What a file holds. */
export interface Part10File {
  readonly SOPInstanceUID: string;
  readonly transferSyntaxUID: string;
  readonly dataSet: Uint8Array;
}

/** Splits a file that has the group length, as PS3.10 7.1 demands. */
export function splitPart10(file: Uint8Array): Part10File {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = 144 + view.getUint32(140, true);
  const texts = new Map<number, string>();
  for (let at = 132; at < end;) {
    const isLong = /^(OB|OW|UN|SQ|UT)$/.test(text(file.subarray(at + 4, at + 6)));
    const value = at + (isLong ? 12 : 8);
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    texts.set(view.getUint16(at + 2, true), text(file.subarray(value, value + length)));
    at = value + length;
  }
  return {
    SOPInstanceUID: texts.get(0x0003) ?? "",
    transferSyntaxUID: texts.get(0x0010) ?? "",
    dataSet: file.subarray(end),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes).replace(/[\0 ]+$/, "");
}

/** The files of a folder, which all have the group length. */
export async function readFolder(folder: string): Promise<Part10File[]> {
  const files: Part10File[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) files.push(splitPart10(await Deno.readFile(`${folder}/${name}`)));
  }
  return files;
}

/** The instance as the server stores it, found by its UID alone; undefined where it is not there. */
export async function storedInstance(
  dicomweb: string,
  SOPInstanceUID: string,
): Promise<Part10File | undefined> {
  const found = await (await fetch(`${dicomweb}/instances?SOPInstanceUID=${SOPInstanceUID}`))
    .json();
  const [match] = found;
  if (match === undefined) return undefined;
  const [study, series] = ["0020000D", "0020000E"].map((tag) => match[tag].Value[0]);
  const response = await fetch(
    `${dicomweb}/studies/${study}/series/${series}/instances/${SOPInstanceUID}`,
    { headers: { Accept: "application/dicom; transfer-syntax=*" } },
  );
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return splitPart10(await response.bytes());
}
