/**
 * Metadata of real files against pydicom and DCMTK: every attribute of every file.
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  dcm2jsonMetadata,
  dcm2xmlMetadata,
  type Metadata,
  type Oracle,
  ownMetadata,
  pydicomMetadata,
} from "../support/metadata_oracles.ts";
import { peerTest } from "../support/peers.ts";
import { DIFFERENCES, type ListedDifference } from "./metadata_differences.ts";

interface Difference {
  readonly oracle: Oracle;
  readonly file: string;
  readonly attribute: string;
  readonly ours: string;
  readonly theirs: string;
}

peerTest(
  "encodeJson: says of every attribute of every file what pydicom and DCMTK say",
  ["corpus", "/usr/bin/python3", "dcm2json", "dcm2xml"],
  async (corpus) => {
    const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const files: string[] = manifest.files.map(({ file }: { file: string }) => file);
    const pydicom = await pydicomMetadata(corpus, files);
    const occurrences = new Map<ListedDifference, number>();
    const unlisted: Difference[] = [];
    let compared = 0;
    const compare = async (file: string) => {
      const bytes = await Deno.readFile(new URL(file, corpus));
      const ours = await ownMetadata(bytes);
      // What is refused, and whether rightly, is the subject of scan_corpus_test.ts.
      if (ours === undefined) return;
      compared++;
      const answers: readonly (readonly [Oracle, Metadata | string])[] = [
        ["pydicom", pydicom.get(file) ?? "unreadable"],
        ["dcm2json", await dcm2jsonMetadata(bytes)],
        ["dcm2xml", await dcm2xmlMetadata(bytes)],
      ];
      for (const [oracle, theirs] of answers) {
        for (const difference of differencesOf(oracle, file, ours, theirs)) {
          const listed = DIFFERENCES.find((candidate) => explains(candidate, difference));
          if (listed === undefined) unlisted.push(difference);
          else occurrences.set(listed, (occurrences.get(listed) ?? 0) + 1);
        }
      }
    };
    // Two at a time: each starts a program.
    const queue = files.values();
    await Promise.all([1, 2].map(async () => {
      for (const file of queue) await compare(file);
    }));
    assertEquals(unlisted, []);
    const found = DIFFERENCES.map((listed) => ({
      ...listed,
      occurrences: occurrences.get(listed) ?? 0,
    }));
    assertEquals(found, [...DIFFERENCES], "the listed differences occur as often as they say");
    assert(compared > 490, `only ${compared} files compared`);
  },
);

function* differencesOf(
  oracle: Oracle,
  file: string,
  ours: Metadata,
  theirs: Metadata | string,
): Generator<Difference> {
  if (typeof theirs === "string") {
    yield { oracle, file, attribute: "file", ours: "", theirs };
    return;
  }
  for (const attribute of new Set([...ours.keys(), ...theirs.keys()])) {
    const difference = {
      oracle,
      file,
      attribute,
      ours: ours.get(attribute) ?? "-",
      theirs: theirs.get(attribute) ?? "-",
    };
    if (difference.ours !== difference.theirs) yield difference;
  }
}

function explains(listed: ListedDifference, difference: Difference): boolean {
  const { oracle, file, attribute, ours, theirs } = difference;
  return listed.oracles.includes(oracle) &&
    listed.files.some((pattern) => matches(pattern, file)) &&
    listed.attributes.some((pattern) => matches(pattern, attribute)) &&
    (listed.isMeant?.(ours, theirs) ?? true);
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
