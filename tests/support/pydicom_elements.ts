/**
 * Elements of files as pydicom reads them.
 * @module
 */
import { askPydicom } from "./pydicom.ts";

/** path, VR ("" where pydicom does not know it), length (-1 where it holds no bytes), digest. */
export type PydicomElement = readonly [path: string, vr: string, length: number, digest: string];

/** What pydicom_elements.py says of one file. */
export interface PydicomAnswer {
  readonly file: string;
  /** Only read because it was told to ignore that the file is not Part 10. */
  readonly forced: boolean;
  readonly error?: string;
  readonly elements?: readonly PydicomElement[];
}

/** Asks pydicom for each of the files, absolute or by their names in the corpus. */
export async function pydicomElements(
  corpus: URL,
  files: readonly string[],
): Promise<PydicomAnswer[]> {
  return await askPydicom<PydicomAnswer>("pydicom_elements.py", corpus, files);
}
