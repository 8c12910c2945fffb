import { assertEquals } from "@std/assert";
import type { PresentationContext } from "../../../bridge/net/association.ts";
import { contextsFor, MAX_CONTEXTS, storeBatches } from "../../../bridge/scu/store_contexts.ts";
import { SYNTAX } from "../../support/part10_builder.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const { explicit, implicit, jpegBaseline, rle } = SYNTAX;

function instance(SOPClassUID: string, ...transferSyntaxes: string[]) {
  return { SOPClassUID, transferSyntaxes };
}

function contexts(...accepted: [abstractSyntax: string, transferSyntax: string][]) {
  return accepted.map(([abstractSyntax, transferSyntax], index): PresentationContext => ({
    id: 2 * index + 1,
    abstractSyntax,
    transferSyntax,
    isOursToRequest: true,
    isPeersToRequest: false,
  }));
}

Deno.test("storeBatches: proposes what is stored, then what is always understood, one at a time", () => {
  const [batch, ...others] = storeBatches([
    instance(CT, jpegBaseline),
    instance(CT, rle),
    instance(CT, jpegBaseline),
    instance(MR, explicit),
  ]);
  assertEquals(others, []);
  assertEquals(
    batch?.contexts.map(({ abstractSyntax, transferSyntaxes }) => [
      abstractSyntax,
      ...transferSyntaxes,
    ]),
    [
      [CT, jpegBaseline],
      [CT, rle],
      [CT, explicit],
      [CT, implicit],
      [MR, explicit],
      [MR, implicit],
    ],
  );
  assertEquals(batch?.contexts.map(({ id }) => id), [1, 3, 5, 7, 9, 11]);
});

Deno.test("storeBatches: proposes what is often stored where that is not known", () => {
  const [batch] = storeBatches([instance(CT)]);
  const proposed = batch!.contexts.flatMap(({ transferSyntaxes }) => transferSyntaxes);
  for (const uid of [explicit, implicit, jpegBaseline, rle]) {
    assertEquals(proposed.includes(uid), true);
  }
});

Deno.test("storeBatches: takes several associations for more contexts than one can have", () => {
  const instances = Array.from({ length: 150 }, (_, index) => instance(`1.2.${index}`, rle));
  const batches = storeBatches(instances);
  assertEquals(batches.length, 4);
  for (const batch of batches) {
    assertEquals(batch.contexts.length <= MAX_CONTEXTS, true);
    const classes = new Set(batch.contexts.map(({ abstractSyntax }) => abstractSyntax));
    assertEquals(batch.instances.every(({ SOPClassUID }) => classes.has(SOPClassUID)), true);
  }
  assertEquals(batches.flatMap((batch) => batch.instances), instances);
});

Deno.test("storeBatches: has nothing to propose for nothing", () => {
  assertEquals(storeBatches([]), []);
});

Deno.test("contextsFor: prefers what is stored, then explicit, then implicit, then the rest", () => {
  const accepted = contexts([CT, rle], [CT, implicit], [MR, explicit], [CT, explicit], [
    CT,
    jpegBaseline,
  ]);
  assertEquals(
    contextsFor(instance(CT, jpegBaseline), accepted).map(({ transferSyntax }) => transferSyntax),
    [jpegBaseline, explicit, implicit, rle],
  );
  assertEquals(contextsFor(instance("1.2.3", explicit), accepted), []);
});

Deno.test("contextsFor: uses no context on which only the peer may ask", () => {
  const theirs = contexts([CT, explicit]).map((each) => ({ ...each, isOursToRequest: false }));
  assertEquals(contextsFor(instance(CT, explicit), theirs), []);
});
