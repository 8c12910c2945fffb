/**
 * What is given to be imported: files and entries of archives, each with the identity by which a
 * later start knows it again.
 * @module
 */

/** A file or an entry whose bytes can be read. */
export interface ImportItem {
  readonly kind: "item";
  /** For people: its path, made harmless to a terminal. */
  readonly label: string;
  /** Equal for the same bytes at the same place: path, size and time of its last change. */
  readonly identity: readonly (string | number)[];
  /** Bytes that are there to be read. */
  readonly size: number;
  /**
   * The bytes, whose memory may be used again for the next. They end with {@linkcode UnreadableError}
   * where they cannot be read to their end.
   */
  read(): AsyncGenerator<Uint8Array>;
}

/** Something that is there and cannot be looked into. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly label: string;
  readonly why: string;
}

/** What was found where one was told to look. */
export type Found = ImportItem | Unreadable;

/** The bytes cannot be read; the message says why, for people. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/** Characters of a label: the end of a path tells more than its beginning. */
const LABEL_MAX = 200;

/** A name from outside as it may be shown: without what moves a terminal's cursor or turns text around. */
export function labelOf(path: string): string {
  const plain = path.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return plain.length <= LABEL_MAX ? plain : `…${plain.slice(1 - LABEL_MAX)}`;
}

/** Why the system will not have something read, in a few words; what else went wrong is thrown. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there any more";
  if (error instanceof Deno.errors.PermissionDenied) return "reading it is not permitted";
  if (error instanceof Deno.errors.NotCapable) {
    return "a link leads out of what was given: give its target too";
  }
  if (error instanceof Error && "code" in error) return `it cannot be read (${error.code})`;
  throw error;
}
