/**
 * Which private elements stay (PS3.15 E.3.10): those that the site has listed, with the elements
 * of their creators.
 * @module
 */
import { type Charset, decodeText } from "../dicom/charset.ts";
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { isPrivate, isPrivateCreator } from "../dicom/dictionary.ts";
import type { DeidProfile } from "./profile.ts";

/** The private tags of one data set or item that the profile keeps. */
export function keptPrivateTags(
  dataSet: DataSet,
  profile: DeidProfile,
  charset: Charset,
): ReadonlySet<Tag> {
  const kept = new Set<Tag>();
  if (!profile.options.has("retain-safe-private")) return kept;
  for (const tag of dataSet.keys()) {
    if (!isPrivate(tag) || isPrivateCreator(tag)) continue;
    const group = tag >>> 16;
    const creatorTag = (group * 0x10000) + (tag >>> 8 & 0xff);
    const creator = dataSet.get(creatorTag);
    if (creator?.kind !== "value" || !isPrivateCreator(creatorTag)) continue;
    const name = decodeText(creator.bytes, "LO", charset).trim();
    const isSafe = profile.keepPrivate.some((each) =>
      each.group === group && each.creator === name && each.elements.includes(tag & 0xff)
    );
    if (isSafe) kept.add(tag).add(creatorTag);
  }
  return kept;
}
