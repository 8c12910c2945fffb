/**
 * Whether a place may be made what another is: what only it has would be lost.
 * @module
 */
import type { Index } from "../index/index.ts";

/** Something that the target has and the source never had. */
export interface Foreign {
  readonly kind: "instance" | "removal" | "key";
  /** A blob's key, or that of a key. */
  readonly key: string;
}

/** The first thing of the target's index that the source never had. */
export async function firstForeign(source: Index, target: Index): Promise<Foreign | undefined> {
  for (const archive of await target.archives()) {
    for await (const rows of target.everything(archive)) {
      const key = await firstUnknown(source, rows);
      if (key !== undefined) return { kind: "instance", key };
    }
  }
  for await (const tombstones of target.tombstones()) {
    const key = await firstUnknown(source, tombstones);
    if (key !== undefined) return { kind: "removal", key };
  }
  const keys = new Set((await source.keys()).map(({ id }) => id));
  const key = (await target.keys()).find(({ id }) => !keys.has(id));
  return key === undefined ? undefined : { kind: "key", key: key.id };
}

async function firstUnknown(
  source: Index,
  items: readonly { readonly blobKey: string }[],
): Promise<string | undefined> {
  const keys = items.map(({ blobKey }) => blobKey);
  const known = await source.known(keys);
  return keys.find((key) => !known.has(key));
}
