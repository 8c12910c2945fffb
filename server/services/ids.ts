/**
 * Names of blobs: `{archive}/{yyyy-mm-dd}/{ULID}`, and of records of removals:
 * `{archive}/removals/{yyyy-mm-dd}/{ULID}`.
 * @module
 */
import { createUlids, type UlidSources } from "../../lib/bytes/ulid.ts";

/** Where the records of an archive's removals lie, beside its days. */
export const REMOVALS = "removals";

/** Names that are never given twice, in ascending order. */
export interface Ids {
  /** A ULID. */
  name(): string;
  /** Key of a new blob. */
  blobKey(archive: string): string;
  /** Key of a new record of removals. */
  recordKey(archive: string): string;
}

/** Makes ids. */
export function createIds(sources: UlidSources): Ids {
  const ulid = createUlids(sources);
  const keyIn = (folder: string) => {
    const { text, time } = ulid();
    return `${folder}/${new Date(time).toISOString().slice(0, 10)}/${text}`;
  };
  return {
    name: () => ulid().text,
    blobKey: keyIn,
    recordKey: (archive) => keyIn(`${archive}/${REMOVALS}`),
  };
}
