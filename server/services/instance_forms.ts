/**
 * In which form each instance of a request can be given, and why another cannot.
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { type InstanceChoice, type InstanceForm, instanceForm } from "../http/wado_negotiate.ts";
import type { InstanceRow } from "../index/index.ts";
import type { Anonymizer } from "./anonymizer.ts";
import { pixelObstacle } from "./pixel_frames.ts";
import { findInstance, type PixelRetrieveParts } from "./retrieve_parts.ts";
import { scanBlob } from "./scan_blob.ts";

/** How an instance is given. */
export type GivenForm =
  | Exclude<InstanceForm, { readonly kind: "written" }>
  | Extract<InstanceForm, { readonly kind: "written" }> & {
    readonly anonymizer?: Anonymizer | undefined;
  };

/** The forms of the instances of one request. */
export interface InstanceForms {
  /** Undefined where it cannot be given as asked. */
  of(row: InstanceRow): Promise<GivenForm | undefined>;
  /** Why it cannot, as one clause; undefined where nothing but the transfer syntax speaks against it. */
  obstacleTo(row: InstanceRow): Promise<string | undefined>;
}

type Choice = Extract<InstanceChoice, { kind: "instances" }>;

/** Forms by what a request asks for. */
export function createForms(
  parts: PixelRetrieveParts,
  archive: string,
  { transferSyntaxes, implicit }: Choice,
  anonymizer: Anonymizer | undefined,
): InstanceForms {
  // Rows that are kept are asked about twice: when they are counted, and when they are sent.
  const known = new WeakMap<InstanceRow, GivenForm | undefined>();

  async function pixelsObstacle(row: InstanceRow, transferSyntaxUID: string) {
    const found = await findInstance(parts, archive, row);
    if (found === undefined) return "it is gone";
    return pixelObstacle(parts.pixels, row.TransferSyntaxUID, found.places, transferSyntaxUID);
  }

  /** Written anew, which a damaged object never is: it would look sound. */
  async function anonymous(
    row: InstanceRow,
    form: InstanceForm,
    anonymizer: Anonymizer,
  ): Promise<GivenForm | undefined> {
    if (row.damage !== undefined) return undefined;
    const { pixels } = anonymizer.apply((await scanBlob(parts.blobs, row.blobKey)).dataSet);
    if (pixels.kind === "refuse") return undefined;
    const wanted = writtenSyntax(row, form);
    if (pixels.kind === "clear") {
      return { kind: "written", transferSyntaxUID: wanted, anonymizer };
    }
    // What is blackened is decoded first, and compressed once more only for who names the syntax.
    const isNamed = transferSyntaxes.flat().every((uid) => uid !== undefined && uid !== "*");
    const target = form.kind === "stored" && !isNamed ? EXPLICIT_VR_LITTLE_ENDIAN : wanted;
    if (await pixelsObstacle(row, target) !== undefined) return undefined;
    return { kind: "written", transferSyntaxUID: target, anonymizer };
  }

  return {
    async of(row) {
      if (known.has(row)) return known.get(row);
      const obstacle = (uid: string) => pixelsObstacle(row, uid);
      const form = await instanceForm(transferSyntaxes, row, obstacle, implicit);
      const given = form === undefined || anonymizer === undefined
        ? form
        : await anonymous(row, form, anonymizer);
      known.set(row, given);
      return given;
    },

    async obstacleTo(row) {
      if (anonymizer !== undefined && row.damage === undefined) {
        const { pixels } = anonymizer.apply((await scanBlob(parts.blobs, row.blobKey)).dataSet);
        if (pixels.kind === "refuse") return pixels.reason;
      }
      for (const uid of transferSyntaxes.flat()) {
        const why = await pixelsObstacle(row, uid ?? EXPLICIT_VR_LITTLE_ENDIAN);
        if (why !== undefined) return why;
      }
      return undefined;
    },
  };
}

/** The transfer syntax in which an instance of this form can be written. */
function writtenSyntax({ TransferSyntaxUID }: InstanceRow, form: InstanceForm): string {
  switch (form.kind) {
    case "written":
      return form.transferSyntaxUID;
    case "explicit":
      return EXPLICIT_VR_LITTLE_ENDIAN;
    case "stored":
      // Big endian is read, never written.
      return transferSyntax(TransferSyntaxUID)?.littleEndian === false
        ? EXPLICIT_VR_LITTLE_ENDIAN
        : TransferSyntaxUID;
  }
}
