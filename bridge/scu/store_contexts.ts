/**
 * Which presentation contexts a sender of instances proposes, and on which of those that stand it
 * sends each instance (PS3.7 9.1.1, PS3.8 9.3.2.2).
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import type { ProposedContext } from "../../lib/pdu/pdu.ts";
import type { PresentationContext } from "../net/association.ts";

/** Contexts that one association can have: odd numbers up to 255 (PS3.8 9.3.2.2). */
export const MAX_CONTEXTS = 128;

/** What has to be known of an instance to choose a context for it. */
export interface StorableInstance {
  readonly SOPClassUID: string;
  /** Those in which it is at hand as it is; empty where that is not known. */
  readonly transferSyntaxes: readonly string[];
}

/** Instances that go over one association, and what to propose for them. */
export interface StoreBatch<T extends StorableInstance> {
  readonly contexts: readonly ProposedContext[];
  readonly instances: readonly T[];
}

/** What every server can give of most instances, and DICOM's default, which is always offered. */
const ALWAYS_PROPOSED = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];

/** Proposed too where nobody knows how an instance is stored: what archives are full of. */
export const OFTEN_STORED: readonly string[] = [
  "1.2.840.10008.1.2.4.70", // JPEG Lossless, first-order prediction
  "1.2.840.10008.1.2.4.90", // JPEG 2000 lossless
  "1.2.840.10008.1.2.4.50", // JPEG Baseline
  "1.2.840.10008.1.2.4.80", // JPEG-LS lossless
  "1.2.840.10008.1.2.5", // RLE
  "1.2.840.10008.1.2.4.91", // JPEG 2000
];

/**
 * Divides instances among as few associations as their contexts need, in their order. Each context
 * has a single transfer syntax, so that the answer tells of each whether the peer takes it.
 */
export function storeBatches<T extends StorableInstance>(instances: readonly T[]): StoreBatch<T>[] {
  const syntaxes = new Map<string, Set<string>>();
  for (const { SOPClassUID, transferSyntaxes } of instances) {
    const ofClass = syntaxes.get(SOPClassUID) ?? new Set();
    for (const uid of transferSyntaxes.length > 0 ? transferSyntaxes : OFTEN_STORED) {
      ofClass.add(uid);
    }
    syntaxes.set(SOPClassUID, ofClass);
  }
  const batches: { contexts: ProposedContext[]; classes: Set<string> }[] = [];
  for (const [abstractSyntax, stored] of syntaxes) {
    const offered = [...new Set([...stored, ...ALWAYS_PROPOSED])].slice(0, MAX_CONTEXTS);
    let batch = batches.at(-1);
    if (batch === undefined || batch.contexts.length + offered.length > MAX_CONTEXTS) {
      batch = { contexts: [], classes: new Set() };
      batches.push(batch);
    }
    const { contexts, classes } = batch;
    for (const uid of offered) {
      contexts.push({ id: 2 * contexts.length + 1, abstractSyntax, transferSyntaxes: [uid] });
    }
    classes.add(abstractSyntax);
  }
  return batches.map(({ contexts, classes }) => ({
    contexts,
    instances: instances.filter(({ SOPClassUID }) => classes.has(SOPClassUID)),
  }));
}

/**
 * The contexts on which an instance can be sent, the best first: as it is at hand, so that nothing
 * is changed; then Explicit and Implicit VR Little Endian, which lose nothing; then whatever else
 * the peer takes. None where it takes the class in no transfer syntax.
 */
export function contextsFor(
  instance: StorableInstance,
  contexts: readonly PresentationContext[],
): PresentationContext[] {
  const order = [...instance.transferSyntaxes, ...ALWAYS_PROPOSED];
  const rank = ({ transferSyntax }: PresentationContext) => {
    const index = order.indexOf(transferSyntax);
    return index < 0 ? order.length : index;
  };
  return contexts
    .filter(({ abstractSyntax, isOursToRequest }) =>
      isOursToRequest && abstractSyntax === instance.SOPClassUID
    )
    .sort((a, b) => rank(a) - rank(b));
}
