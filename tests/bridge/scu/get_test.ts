import { assertEquals } from "@std/assert";
import { getProposal } from "../../../bridge/scu/get.ts";
import { MAX_CONTEXTS } from "../../../bridge/scu/store_contexts.ts";
import { isStorageClass, QUERY_RETRIEVE, sopClassName } from "../../../lib/dimse/sop_classes.ts";
import { SYNTAX } from "../../support/part10_builder.ts";

const { contexts, roles = [] } = getProposal("study", () => ({ run: () => Promise.resolve() }));

Deno.test("getProposal: has as many contexts as fit, with ids of their own", () => {
  assertEquals(contexts.length, MAX_CONTEXTS);
  assertEquals(contexts.map(({ id }) => id), contexts.map((_, index) => 2 * index + 1));
});

Deno.test("getProposal: asks to be the SCP of each storage class once, and of nothing else", () => {
  const [first, ...storage] = contexts;
  assertEquals(first?.abstractSyntax, QUERY_RETRIEVE.study.get);
  const classes = [...new Set(storage.map(({ abstractSyntax }) => abstractSyntax))];
  assertEquals(roles.map(({ SOPClassUID }) => SOPClassUID), classes);
  assertEquals(roles.every(({ scu, scp }) => !scu && scp), true);
  assertEquals(classes.every(isStorageClass), true);
  assertEquals(classes.filter((uid) => sopClassName(uid) === uid), []);
});

Deno.test("getProposal: takes images as they are often compressed", () => {
  const ofCT = contexts.filter(({ abstractSyntax }) =>
    abstractSyntax === "1.2.840.10008.5.1.4.1.1.2"
  );
  assertEquals(ofCT[0]?.transferSyntaxes, [SYNTAX.explicit, SYNTAX.implicit]);
  const compressed = ofCT.slice(1);
  assertEquals(compressed.every(({ transferSyntaxes }) => transferSyntaxes.length === 1), true);
  assertEquals(
    compressed.some(({ transferSyntaxes }) => transferSyntaxes[0] === SYNTAX.jpegBaseline),
    true,
  );
});
