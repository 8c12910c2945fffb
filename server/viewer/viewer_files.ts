/**
 * The files of the viewer as routes see them, wherever they are kept.
 * @module
 */
import type { Coding } from "./manifest.ts";

/** A file in one of the codings that were asked for. */
export interface ViewerFile {
  readonly mediaType: string;
  readonly coding: Coding;
  /** Bytes in this coding. */
  readonly size: number;
  /** Its bytes; who does not read them to their end cancels them. */
  open(): Promise<ReadableStream<Uint8Array>>;
}

/** An installed viewer. */
export interface Viewer {
  /** The file of a name, in the coding that `choose` likes best of those it is kept in. */
  file(name: string, choose: (kept: readonly Coding[]) => Coding): ViewerFile | undefined;
}

/** Finds the viewer. It can be installed, and taken away, while the server runs. */
export interface ViewerFiles {
  /** Undefined where it is not installed. */
  installed(): Promise<Viewer | undefined>;
}
