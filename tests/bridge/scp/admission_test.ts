import { NO_USER_INFORMATION } from "../../../lib/pdu/user_information_decode.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createAdmission } from "../../../bridge/scp/admission.ts";
import { createCallers } from "../../../bridge/scp/callers.ts";
import { dimseWithDefaults, type WrittenAE } from "../../../lib/config/dimse_settings.ts";
import { QUERY_RETRIEVE, VERIFICATION } from "../../../lib/dimse/sop_classes.ts";
import {
  type AssociateRQ,
  DICOM_APPLICATION_CONTEXT,
  type RoleSelection,
  type UserInformation,
} from "../../../lib/pdu/pdu.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const PRIVATE_STORAGE = "1.2.826.0.1.3680043.10.1.99";
const STORAGE_COMMITMENT = "1.2.840.10008.1.20.1";
const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const RLE = "1.2.840.10008.1.2.5";

/** What a context is proposed with: its class and transfer syntaxes. */
type Proposed = readonly [abstractSyntax: string, ...transferSyntaxes: readonly string[]];

function request(contexts: readonly Proposed[], user: Partial<UserInformation> = {}): AssociateRQ {
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAETitle: "GANTRY",
    callingAETitle: "CT1",
    titleBytes: new Uint8Array(64),
    applicationContext: DICOM_APPLICATION_CONTEXT,
    contexts: contexts.map(([abstractSyntax, ...transferSyntaxes], index) => ({
      id: index * 2 + 1,
      abstractSyntax,
      transferSyntaxes,
    })),
    user: {
      ...NO_USER_INFORMATION,
      maximumLength: 16384,
      ImplementationClassUID: "1.2.3",
      ...user,
    },
  };
}

function admission(...aes: readonly WrittenAE[]) {
  const settings = dimseWithDefaults({ aes });
  return createAdmission({
    identify: createCallers({
      ...settings,
      titles: ["GANTRY"],
      addressesOf: (host) => Promise.resolve(new Set([host])),
    }),
    maxPduLength: settings.maxPduLength,
    operations: 16,
    services: () => {
      throw new Error("No request is sent");
    },
  });
}

const REMOTE = { address: "10.0.0.21", port: 50000 };
const CT1 = { title: "CT1", host: REMOTE.address, port: 104 };

async function accepted(asked: AssociateRQ, ...aes: readonly WrittenAE[]) {
  const admitted = await admission(...aes)(asked, REMOTE);
  assert(admitted.kind === "accepted");
  const { answer, refusals } = admitted;
  return {
    user: answer.user,
    refusals,
    contexts: answer.contexts.map(({ result, transferSyntax }) => result || transferSyntax),
  };
}

Deno.test("createAdmission: takes every storage class in every transfer syntax, ours first", async () => {
  const { contexts, refusals, user } = await accepted(request([
    [CT, IMPLICIT, EXPLICIT],
    [CT, RLE],
    [PRIVATE_STORAGE, RLE, IMPLICIT],
    [VERIFICATION, IMPLICIT],
  ]));
  assertEquals(contexts, [EXPLICIT, RLE, IMPLICIT, IMPLICIT]);
  assertEquals(refusals, []);
  assertEquals(user.maximumLength, 65_536);
});

Deno.test("createAdmission: an AE's own settings hold for it", async () => {
  const ae = { ...CT1, prefer: "implicit", maxPduLength: 16_384 } as const;
  const { contexts, user } = await accepted(request([[CT, EXPLICIT, IMPLICIT]]), ae);
  assertEquals(contexts, [IMPLICIT]);
  assertEquals(user.maximumLength, 16_384);
});

Deno.test("createAdmission: what is refused is named, with the setting that allows it", async () => {
  const asked = request([
    [CT, EXPLICIT],
    [VERIFICATION, IMPLICIT],
    [STORAGE_COMMITMENT, IMPLICIT],
    [QUERY_RETRIEVE.study.find, RLE],
  ]);
  const { contexts, refusals } = await accepted(asked, { ...CT1, may: ["echo", "find"] });
  assertEquals(contexts, [1, IMPLICIT, 3, 4]);
  assertEquals(refusals.length, 3);
  assertStringIncludes(refusals[0]!, "CT1: CT Image Storage");
  assertStringIncludes(refusals[0]!, 'add "store" to "may"');
  assertStringIncludes(refusals[1]!, "Storage Commitment Push Model");
  assertStringIncludes(refusals[2]!, "RLE Lossless");
});

Deno.test("createAdmission: the roles of a C-GET are for those who may get", async () => {
  const roles: RoleSelection[] = [{ SOPClassUID: CT, scu: true, scp: true }];
  const asked = request([[QUERY_RETRIEVE.study.get, IMPLICIT], [CT, IMPLICIT]], { roles });
  const rolesOf = async (may: WrittenAE["may"]) =>
    (await accepted(asked, { ...CT1, may })).user.roles;
  assertEquals(await rolesOf(["get"]), [{ SOPClassUID: CT, scu: false, scp: true }]);
  assertEquals(await rolesOf(["store"]), [{ SOPClassUID: CT, scu: true, scp: false }]);
  assertEquals(await rolesOf(["echo"]), []);
});

Deno.test("createAdmission: relational queries are agreed to, fuzzy ones not", async () => {
  const SOPClassUID = QUERY_RETRIEVE.study.find;
  const extended = [{ SOPClassUID, information: Uint8Array.of(1, 1, 1) }];
  const { user } = await accepted(request([[SOPClassUID, IMPLICIT]], { extended }));
  assertEquals(user.extended, [{ SOPClassUID, information: Uint8Array.of(1, 0, 0) }]);
});

Deno.test("createAdmission: rejects with the standard's reason, and counts", async () => {
  const admit = admission(CT1);
  const asked = request([[VERIFICATION, IMPLICIT]]);
  const rejected = async (request: AssociateRQ) => {
    const admitted = await admit(request, REMOTE);
    assert(admitted.kind === "rejected");
    const { result, source, reason } = admitted.answer;
    return { numbers: [result, source, reason], why: admitted.why };
  };
  assertEquals((await rejected({ ...asked, calledAETitle: "X" })).numbers, [1, 1, 7]);
  assertEquals((await rejected({ ...asked, callingAETitle: "X" })).numbers, [1, 1, 3]);
  assertEquals((await rejected({ ...asked, protocolVersion: 2 })).numbers, [1, 2, 2]);
  const again = await rejected({ ...asked, callingAETitle: "X" });
  assertStringIncludes(again.why, "(2 times since the start)");
});
