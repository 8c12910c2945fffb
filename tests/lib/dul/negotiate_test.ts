/**
 * What an acceptor answers.
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN as DEFLATED,
  EXPLICIT_VR_BIG_ENDIAN as BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN as EXPLICIT,
  IMPLICIT_VR_LITTLE_ENDIAN as IMPLICIT,
} from "../../../lib/dicom/uids.ts";
import { chooseTransferSyntax } from "../../../lib/dul/choose_transfer_syntax.ts";
import { answerFlags, answerStorage } from "../../../lib/dul/extended_negotiation.ts";
import { type AcceptorPolicy, negotiate } from "../../../lib/dul/negotiate.ts";
import { REJECTION } from "../../../lib/dul/rejection.ts";
import type { AssociateAC, AssociateRQ, UserIdentity } from "../../../lib/pdu/pdu.ts";
import { associateRQ, policyOf, proposed } from "../../support/associate.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const FIND = "1.2.840.10008.5.1.4.1.2.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";
const RLE = "1.2.840.10008.1.2.5";

const CT_REQUEST = [proposed(1, CT, EXPLICIT)];
const CT_POLICY = policyOf({ [CT]: {} });

/** The answer to a request that is accepted. */
function accepted(request: AssociateRQ, policy: AcceptorPolicy): AssociateAC {
  const negotiation = negotiate(request, policy);
  if (negotiation.kind === "rejected") throw new Error(negotiation.why);
  return negotiation.answer;
}

Deno.test("negotiate: rejects what breaks the rules, each with its reason", async (t) => {
  const cases = {
    "no common version": [{ protocolVersion: 2 }, REJECTION.protocolVersionNotSupported],
    "another application context": [
      { applicationContext: "1.2.3" },
      REJECTION.applicationContextNotSupported,
    ],
    "a blank calling title": [{ callingAETitle: "" }, REJECTION.callingAETitleNotRecognized],
    "a blank called title": [{ calledAETitle: "" }, REJECTION.calledAETitleNotRecognized],
    "no contexts": [{ contexts: [] }, REJECTION.noReason],
  } as const;
  for (const [what, [differences, answer]] of Object.entries(cases)) {
    await t.step(what, () => {
      const negotiation = negotiate(associateRQ(CT_REQUEST, {}, differences), CT_POLICY);
      assertEquals([negotiation.kind, negotiation.answer], ["rejected", answer]);
    });
  }
});

Deno.test("negotiate: accepts a version with more bits than the first", () => {
  accepted(associateRQ(CT_REQUEST, {}, { protocolVersion: 3 }), CT_POLICY);
});

Deno.test("negotiate: says who it is, repeats the titles' bytes, and offers nothing unasked", () => {
  const request = associateRQ(CT_REQUEST);
  const answer = accepted(request, CT_POLICY);
  assertEquals(answer.titleBytes, request.titleBytes);
  assertEquals(answer.user, {
    maximumLength: 65536,
    ImplementationClassUID: "2.25.155889425218406998206901282503828066656",
    ImplementationVersionName: "GANTRY_1",
    asynchronousOperations: undefined,
    roles: [],
    extended: [],
    commonExtended: [],
    userIdentity: undefined,
    userIdentityResponse: undefined,
  });
});

Deno.test("negotiate: answers each context once, in order, and tells which are refused", () => {
  const contexts = [
    proposed(5, CT, IMPLICIT, EXPLICIT),
    proposed(1, "1.2.3.4", EXPLICIT),
    proposed(2, CT, JPEG),
    proposed(7, MR, RLE, JPEG),
    proposed(5, MR, EXPLICIT),
    proposed(9, FIND, IMPLICIT),
    proposed(11, CT),
  ];
  const policy = policyOf({ [CT]: {}, [MR]: { accepts: (uid) => uid !== RLE && uid !== JPEG } });
  const forbidding = policyOf({}, {
    contextPolicy: (uid) => uid === FIND ? "forbidden" : policy.contextPolicy(uid),
  });
  const negotiation = negotiate(associateRQ(contexts), forbidding);
  assertEquals(negotiation.kind === "accepted" && negotiation.answer.contexts, [
    { id: 5, result: 0, transferSyntax: EXPLICIT },
    { id: 1, result: 3, transferSyntax: EXPLICIT },
    { id: 2, result: 0, transferSyntax: JPEG },
    { id: 7, result: 4, transferSyntax: RLE },
    { id: 9, result: 1, transferSyntax: IMPLICIT },
    { id: 11, result: 4, transferSyntax: IMPLICIT },
  ]);
  assertEquals(negotiation.kind === "accepted" && negotiation.refused, [
    { context: contexts[1]!, result: 3 },
    { context: contexts[3]!, result: 4 },
    { context: contexts[5]!, result: 1 },
    { context: contexts[6]!, result: 4 },
  ]);
});

Deno.test("negotiate: accepts an association of which every context is refused", () => {
  const answer = accepted(associateRQ(CT_REQUEST), policyOf({}));
  assertEquals(answer.contexts, [{ id: 1, result: 3, transferSyntax: EXPLICIT }]);
});

Deno.test("chooseTransferSyntax: takes native before compressed, in our order, whatever theirs", async (t) => {
  const cases = [
    ["explicit", [IMPLICIT, EXPLICIT], EXPLICIT],
    ["implicit", [EXPLICIT, IMPLICIT], IMPLICIT],
    ["explicit", [JPEG, IMPLICIT], IMPLICIT],
    ["explicit", [DEFLATED, BIG_ENDIAN, IMPLICIT], IMPLICIT],
    ["explicit", [BIG_ENDIAN, DEFLATED], DEFLATED],
    ["explicit", [JPEG, BIG_ENDIAN], BIG_ENDIAN],
    ["explicit", [RLE, JPEG], JPEG],
    ["implicit", [JPEG, RLE], JPEG],
    ["explicit", [RLE], undefined],
    ["explicit", [], undefined],
  ] as const;
  for (const [prefer, offer, choice] of cases) {
    await t.step(`${prefer}: ${offer.join(" ")}`, () => {
      assertEquals(chooseTransferSyntax(offer, prefer, (uid) => uid !== RLE), choice);
    });
  }
});

Deno.test("negotiate: answers no role of a class that is not proposed", () => {
  const roles = Array.from({ length: 2000 }, (_, at) => ({
    SOPClassUID: `${CT}.${at}`,
    scu: true,
    scp: true,
  }));
  const anything = policyOf({}, {
    contextPolicy: () => ({ accepts: () => true, scu: true, scp: true }),
  });
  assertEquals(accepted(associateRQ(CT_REQUEST, { roles }), anything).user.roles, []);
});

Deno.test("negotiate: grants at most the roles that were asked for, and none unasked", () => {
  const contexts = [
    proposed(1, CT, EXPLICIT),
    proposed(3, MR, EXPLICIT),
    proposed(5, FIND, EXPLICIT),
  ];
  const roles = [
    { SOPClassUID: CT, scu: false, scp: true },
    { SOPClassUID: MR, scu: true, scp: true },
    { SOPClassUID: FIND, scu: true, scp: true },
    { SOPClassUID: CT, scu: true, scp: true },
    { SOPClassUID: "1.2.3.4", scu: true, scp: true },
  ];
  const policy = policyOf({ [CT]: { scp: true }, [MR]: { scp: true }, [FIND]: {} });
  assertEquals(accepted(associateRQ(contexts, { roles }), policy).user.roles, [
    { SOPClassUID: CT, scu: false, scp: true },
    { SOPClassUID: MR, scu: true, scp: true },
    { SOPClassUID: FIND, scu: true, scp: false },
  ]);
});

Deno.test("negotiate: refuses a context that is left without a role", () => {
  const onlySCP = { roles: [{ SOPClassUID: CT, scu: false, scp: true }] };
  const answer = accepted(associateRQ(CT_REQUEST, onlySCP), CT_POLICY);
  assertEquals(answer.contexts[0]?.result, 1);
  assertEquals(answer.user.roles, [{ SOPClassUID: CT, scu: false, scp: false }]);

  const policy = policyOf({ [CT]: { scu: false, scp: true } });
  assertEquals(accepted(associateRQ(CT_REQUEST), policy).contexts[0]?.result, 1);
});

Deno.test("negotiate: agrees to the smaller window, of which 0 is unlimited", async (t) => {
  const cases = [
    [{ invoked: 4, performed: 4 }, { invoked: 4, performed: 1 }],
    [{ invoked: 99, performed: 1 }, { invoked: 16, performed: 1 }],
    [{ invoked: 0, performed: 0 }, { invoked: 16, performed: 1 }],
  ] as const;
  for (const [asked, answered] of cases) {
    await t.step(`${asked.invoked} and ${asked.performed}`, () => {
      const request = associateRQ(CT_REQUEST, { asynchronousOperations: asked });
      assertEquals(accepted(request, CT_POLICY).user.asynchronousOperations, answered);
    });
  }
  await t.step("ours unlimited", () => {
    const policy = { ...CT_POLICY, asynchronousOperations: { invoked: 0, performed: 0 } };
    const asked = { invoked: 3, performed: 0 };
    const request = associateRQ(CT_REQUEST, { asynchronousOperations: asked });
    assertEquals(accepted(request, policy).user.asynchronousOperations, asked);
  });
});

Deno.test("negotiate: answers extended negotiation of what is served and has an answer", () => {
  const extended = [
    { SOPClassUID: FIND, information: Uint8Array.of(1, 1, 1) },
    { SOPClassUID: CT, information: Uint8Array.of(2) },
    { SOPClassUID: MR, information: Uint8Array.of(2) },
    { SOPClassUID: "1.2.3.4", information: Uint8Array.of(1) },
  ];
  const policy = policyOf({
    [FIND]: { extended: (asked) => answerFlags(asked, [true, false]) },
    [CT]: { extended: answerStorage },
    [MR]: {},
  });
  const contexts = [
    proposed(1, CT, EXPLICIT),
    proposed(3, MR, EXPLICIT),
    proposed(5, FIND, EXPLICIT),
  ];
  assertEquals(accepted(associateRQ(contexts, { extended }), policy).user.extended, [
    { SOPClassUID: FIND, information: Uint8Array.of(1, 0, 0) },
    { SOPClassUID: CT, information: Uint8Array.of(2, 0, 3, 0, 0, 0) },
  ]);
});

Deno.test("negotiate: answers an identity only where a positive response was asked for and proves nothing", async (t) => {
  const identity: UserIdentity = {
    type: 2,
    positiveResponseRequested: true,
    primary: Uint8Array.of(1),
    secondary: Uint8Array.of(2),
  };
  const cases = [
    ["a passcode", identity, new Uint8Array()],
    ["a user name", { ...identity, type: 1 }, new Uint8Array()],
    ["no response asked for", { ...identity, positiveResponseRequested: false }, undefined],
    ["a Kerberos ticket", { ...identity, type: 3 }, undefined],
    ["a token", { ...identity, type: 5 }, undefined],
    ["a type that is not known", { ...identity, type: 77 }, undefined],
  ] as const;
  for (const [what, userIdentity, response] of cases) {
    await t.step(what, () => {
      const { user } = accepted(associateRQ(CT_REQUEST, { userIdentity }), CT_POLICY);
      assertEquals([user.userIdentity, user.userIdentityResponse], [undefined, response]);
    });
  }
});
