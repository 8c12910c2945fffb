/**
 * Names of blobs: `{archive}/{yyyy-mm-dd}/{ULID}`.
 * @module
 */
import { createUlids, type UlidSources } from "../../lib/bytes/ulid.ts";

/** Names that are never given twice, in ascending order. */
export interface Ids {
  /** A ULID. */
  name(): string;
  /** Key of a new blob. */
  blobKey(archive: string): string;
}

/** Makes ids. */
export function createIds(sources: UlidSources): Ids {
  const ulid = createUlids(sources);
  return {
    name: () => ulid().text,
    blobKey(archive) {
      const { text, time } = ulid();
      return `${archive}/${new Date(time).toISOString().slice(0, 10)}/${text}`;
    },
  };
}
