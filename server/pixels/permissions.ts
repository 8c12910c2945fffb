/**
 * What work on pixels has to be permitted.
 * @module
 */

/** Folders below the project's own from which codecs are read. */
export const CODEC_FOLDERS: readonly string[] = [
  "node_modules/dcmjs-codecs/build",
  "node_modules/@cornerstonejs/codec-openjph/dist",
];
