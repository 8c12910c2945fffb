/**
 * AE titles in settings (PS3.5 table 6.2-1, VR AE).
 * @module
 */

/** This installation's title where none is set. */
export const DEFAULT_AET = "GANTRY";

/** What {@linkcode parseAETitle} allows. */
export const AE_TITLE =
  "an AE title: 1 to 16 printable ASCII characters, no backslash (PS3.5 table 6.2-1)";

/** An AE title; undefined where the text is none, as with spaces around it, which do not count on the wire. */
export function parseAETitle(text: string): string | undefined {
  return /^(?! )[\x20-\x5B\x5D-\x7E]{1,16}(?<! )$/.test(text) ? text : undefined;
}
