/**
 * The list of an archive's folders for who opens it without a viewer: File IDs have room for a few
 * letters only, so that what they stand for is said here in full.
 * @module
 */

/** Folders that are listed: more nobody reads. */
const MAX_LISTED = 10_000;

/** Collects folders. */
export interface ZipList {
  /** Counts a file. `description`: of its series, without the delimiter of lines. */
  add(fileId: readonly string[], description: string): void;
  /** The list in UTF-8. */
  text(hasDicomdir: boolean): Uint8Array;
}

/** Begins a list. */
export function createZipList(): ZipList {
  const folders = new Map<string, { readonly description: string; files: number }>();
  let files = 0;
  return {
    add(fileId, description) {
      files++;
      const folder = fileId.slice(0, -1).join("/");
      const known = folders.get(folder);
      if (known !== undefined) known.files++;
      else if (folders.size < MAX_LISTED) folders.set(folder, { description, files: 1 });
    },

    text(hasDicomdir) {
      const lines = [
        hasDicomdir
          ? "These are DICOM files. Open the file DICOMDIR, or any folder, with a DICOM viewer."
          : "These are DICOM files, too many for a DICOMDIR. Open any folder with a DICOM viewer.",
        "",
        "folder: files | patient | patient ID | study date | study | series number | modality | series",
        ...[...folders].map(([folder, { description, files }]) =>
          `${folder}: ${files} | ${description}`
        ),
        "",
        `${files} files`,
        "",
      ];
      return new TextEncoder().encode(lines.join("\r\n"));
    },
  };
}
