/**
 * The list of what an installed viewer consists of. It lies among its files, which are named by their
 * place in it, each in the codings that it is kept in.
 * @module
 */

/** Name of the list. */
export const MANIFEST = "files.json";

/** Content codings, the best first. */
export const CODINGS = ["br", "gzip"] as const;

/** How bytes of a file are kept. */
export type Coding = (typeof CODINGS)[number] | "identity";

/** A file of the viewer. */
export interface ManifestFile {
  /** Path below the viewer's root. */
  readonly name: string;
  readonly mediaType: string;
  /** Bytes in each coding that it is kept in; plain ones always are. */
  readonly sizes: { readonly identity: number; readonly br?: number; readonly gzip?: number };
}

/** Name on the disk of the file at a place of the list. */
export function diskName(place: number, coding: Coding): string {
  return coding === "identity" ? `${place}` : `${place}.${coding}`;
}
