/**
 * Re-encoded real files against DCMTK's `dcmconv +te`.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import { createReencoder } from "../../lib/dicom/reencode.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../lib/dicom/uids.ts";
import { type ListedElement, listElements, scan } from "../support/element_list.ts";
import { concat } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";

const REENCODED: readonly string[] = [
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
];

peerTest(
  "createReencoder: makes of every native file of the corpus what dcmconv makes of it",
  ["corpus", "dcmconv"],
  async (corpus) => {
    const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const target = await Deno.makeTempFile({ suffix: ".dcm" });
    let compared = 0;
    try {
      for (const { file } of manifest.files as { file: string }[]) {
        const source = new URL(file, corpus);
        const bytes = await Deno.readFile(source);
        if (!await needsReencoding(bytes)) continue;
        const reencoder = createReencoder({ SOPClassUID: "1.2", SOPInstanceUID: "1.2.3" });
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += 10_000) {
          pieces.push(...await reencoder.push(bytes.slice(at, at + 10_000)));
        }
        pieces.push(...await reencoder.end());
        const { code } = await new Deno.Command("dcmconv", {
          args: ["--quiet", "+te", source.pathname, target],
          stderr: "null",
        }).output();
        assertEquals(code, 0, file);
        const ours = await comparable(concat(pieces));
        assertEquals(ours, await comparable(await Deno.readFile(target)), file);
        compared++;
      }
    } finally {
      await Deno.remove(target);
    }
    assert(compared > 100, `only ${compared} files compared`);
  },
);

/** True for sound files that a client gets re-encoded unless it asks for them as they are stored. */
async function needsReencoding(bytes: Uint8Array): Promise<boolean> {
  try {
    const { transferSyntaxUID, fileMeta, damage } = await scan(bytes);
    if (damage !== undefined) return false;
    return REENCODED.includes(transferSyntaxUID) || fileMeta === undefined;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/**
 * Elements without what DCMTK changes on purpose: it trims text anew, and knows VRs of private
 * elements from a dictionary of its own.
 */
async function comparable(bytes: Uint8Array): Promise<unknown[]> {
  const found = await scan(bytes);
  assertEquals(found.transferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN);
  return listElements(found, bytes, withoutPadding).map(withoutPrivateVR);
}

function withoutPadding(value: Uint8Array): Uint8Array {
  let length = value.length;
  while (length > 0 && (value[length - 1] === 0x20 || value[length - 1] === 0)) length--;
  return value.subarray(0, length);
}

function withoutPrivateVR(element: ListedElement): ListedElement {
  const group = element.path.slice(-8, -4);
  return parseInt(group, 16) % 2 === 1 && element.vr !== "SQ" ? { ...element, vr: "" } : element;
}
