/**
 * What a request and its answer amount to.
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  EXPLICIT_VR_LITTLE_ENDIAN as EXPLICIT,
  IMPLICIT_VR_LITTLE_ENDIAN as IMPLICIT,
} from "../../../lib/dicom/uids.ts";
import { agreedContexts, agreedWindow } from "../../../lib/dul/agreed.ts";
import { negotiate } from "../../../lib/dul/negotiate.ts";
import { associateAC, associateRQ, policyOf, proposed } from "../../support/associate.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const GET = "1.2.840.10008.5.1.4.1.2.2.3";

Deno.test("agreedContexts: gives the requestor the role SCU where roles were not negotiated", () => {
  const request = associateRQ([proposed(1, CT, EXPLICIT)]);
  const answer = associateAC([{ id: 1, result: 0, transferSyntax: EXPLICIT }]);
  const context = { id: 1, abstractSyntax: CT, transferSyntax: EXPLICIT };
  assertEquals(agreedContexts(request, answer, "requestor"), [
    { ...context, isOursToRequest: true, isPeersToRequest: false },
  ]);
  assertEquals(agreedContexts(request, answer, "acceptor"), [
    { ...context, isOursToRequest: false, isPeersToRequest: true },
  ]);
});

Deno.test("agreedContexts: drops what was refused, not proposed, or answered again", () => {
  const request = associateRQ([
    proposed(5, CT, IMPLICIT, EXPLICIT),
    proposed(3, CT, EXPLICIT),
    proposed(1, CT, EXPLICIT),
    proposed(7, CT, EXPLICIT),
  ]);
  const answer = associateAC([
    { id: 5, result: 0, transferSyntax: IMPLICIT },
    { id: 5, result: 0, transferSyntax: EXPLICIT },
    { id: 3, result: 0, transferSyntax: EXPLICIT },
    { id: 1, result: 0, transferSyntax: IMPLICIT },
    { id: 7, result: 255, transferSyntax: EXPLICIT },
    { id: 9, result: 0, transferSyntax: EXPLICIT },
  ]);
  assertEquals(
    agreedContexts(request, answer, "requestor").map((
      { id, transferSyntax },
    ) => [id, transferSyntax]),
    [[3, EXPLICIT], [5, IMPLICIT]],
  );
});

Deno.test("agreedContexts: grants no role that was not both asked for and answered", async (t) => {
  const cases = [
    { asked: [false, true], answered: [false, true], roles: [false, true] },
    { asked: [true, true], answered: [true, true], roles: [true, true] },
    { asked: [false, true], answered: undefined, roles: [true, false] },
    { asked: undefined, answered: [true, true], roles: [true, false] },
    { asked: [true, false], answered: [true, true], roles: [true, false] },
    { asked: [true, true], answered: [false, false], roles: [false, false] },
  ] as const;
  const selection = (flags: readonly [boolean, boolean] | undefined) =>
    flags === undefined ? [] : [{ SOPClassUID: CT, scu: flags[0], scp: flags[1] }];
  for (const { asked, answered, roles: [scu, scp] } of cases) {
    await t.step(`asked ${asked}, answered ${answered}`, () => {
      const request = associateRQ([proposed(1, GET, EXPLICIT), proposed(3, CT, EXPLICIT)], {
        roles: selection(asked),
      });
      const answer = associateAC([
        { id: 1, result: 0, transferSyntax: EXPLICIT },
        { id: 3, result: 0, transferSyntax: EXPLICIT },
      ], { roles: selection(answered) });
      const [get, ct] = agreedContexts(request, answer, "requestor");
      assertEquals([get?.isOursToRequest, get?.isPeersToRequest], [true, false]);
      assertEquals([ct?.isOursToRequest, ct?.isPeersToRequest], [scu, scp]);
    });
  }
});

Deno.test("agreedWindow: is 1 where not negotiated, else what both allow in that direction", () => {
  const windowOf = (asked?: [number, number], answered?: [number, number]) => {
    const window = (pair?: [number, number]) => ({
      asynchronousOperations: pair && { invoked: pair[0], performed: pair[1] },
    });
    const request = associateRQ([], window(asked));
    const answer = associateAC([], window(answered));
    return [
      agreedWindow(request, answer, "requestor"),
      agreedWindow(request, answer, "acceptor"),
    ];
  };
  assertEquals(windowOf(), [1, 1]);
  assertEquals(windowOf([8, 8]), [1, 1]);
  assertEquals(windowOf(undefined, [8, 8]), [1, 1]);
  assertEquals(windowOf([8, 2], [4, 1]), [4, 1]);
  assertEquals(windowOf([8, 1], [0, 9]), [8, 1]);
  assertEquals(windowOf([0, 0], [0, 3]), [Infinity, 3]);
});

Deno.test("agreedContexts: both sides mirror each other after every negotiation", () => {
  const classes = ["1.1", "1.2", "1.3", "1.4"];
  const uid = fc.constantFrom(...classes);
  const context = fc.record({
    id: fc.integer({ min: 0, max: 9 }),
    abstractSyntax: uid,
    transferSyntaxes: fc.array(fc.constantFrom(EXPLICIT, IMPLICIT, "1.2.3"), { maxLength: 3 }),
  });
  const role = fc.record({ SOPClassUID: uid, scu: fc.boolean(), scp: fc.boolean() });
  const policy = policyOf({
    "1.1": { scp: true },
    "1.2": { accepts: (syntax) => syntax === IMPLICIT },
    "1.3": { scu: false, scp: true },
  });
  fc.assert(
    fc.property(
      fc.array(context, { minLength: 1, maxLength: 12 }),
      fc.array(role),
      (contexts, roles) => {
        const request = associateRQ(contexts, { roles });
        const negotiation = negotiate(request, policy);
        if (negotiation.kind === "rejected") throw new Error(negotiation.why);
        const { answer, refused } = negotiation;
        assertEquals(
          answer.contexts.map(({ id }) => id),
          [...new Set(contexts.map(({ id }) => id))],
        );
        const ours = agreedContexts(request, answer, "acceptor");
        const theirs = agreedContexts(request, answer, "requestor");
        assertEquals(ours.length + refused.length, answer.contexts.length);
        assertEquals(
          ours.map((each) => ({
            ...each,
            isOursToRequest: each.isPeersToRequest,
            isPeersToRequest: each.isOursToRequest,
          })),
          theirs,
        );
        for (const each of ours) {
          assertEquals(each.isOursToRequest || each.isPeersToRequest, true);
        }
      },
    ),
    { seed: 3 },
  );
});
