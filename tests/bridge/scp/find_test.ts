import { assert, assertEquals } from "@std/assert";
import { type Gateway, GatewayError } from "../../../bridge/gateway/gateway.ts";
import { createSearch } from "../../../bridge/gateway/search.ts";
import { MAX_IDENTIFIER_BYTES } from "../../../bridge/scp/identifier_bytes.ts";
import { findService } from "../../../bridge/scp/find.ts";
import { readDataSet, writeDataSet } from "../../../lib/dicom/data_set_bytes.ts";
import type { DataSet, Element } from "../../../lib/dicom/dataset.ts";
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { strings, text } from "../../../lib/dicom/values.ts";
import { cFindRQ } from "../../../lib/dimse/requests.ts";
import { QUERY_RETRIEVE, type QueryRetrieveRoot } from "../../../lib/dimse/sop_classes.ts";
import { dataSet, element } from "../../support/data_sets.ts";
import {
  incoming,
  perform,
  recordAssociation,
  type RecordedAssociation,
} from "../../support/recorded_association.ts";
import { withServer } from "../../support/search_server.ts";

const PATIENT_NAME = 0x00100010;
const STUDY_UID = 0x0020000D;

/** A gateway whose searches do what `search` does. */
function gatewayOf(search: Gateway["search"]): Gateway {
  const notAsked = () => {
    throw new Error("not asked for");
  };
  return { search, retrieve: notAsked, retrieveSeries: notAsked };
}

interface Asking {
  readonly root?: QueryRetrieveRoot;
  readonly transferSyntax?: string;
  readonly charset?: string;
  readonly association?: RecordedAssociation;
}

function operation(gateway: Gateway | undefined, asking: Asking) {
  const { root = "study", transferSyntax = IMPLICIT_VR_LITTLE_ENDIAN, charset } = asking;
  const association = asking.association ?? recordAssociation();
  const abstractSyntax = QUERY_RETRIEVE[root].find;
  const command = cFindRQ({ MessageID: 7, AffectedSOPClassUID: abstractSyntax });
  const service = findService({
    gatewayFor: () => gateway,
    charsetFor: (title) => title === "PEER" ? charset : undefined,
    log() {},
  });
  return {
    association,
    transferSyntax,
    operation: service(incoming(association, abstractSyntax, transferSyntax, command)),
  };
}

/** The statuses of all responses, the matches, and the comment of the last. */
async function ask(gateway: Gateway | undefined, identifier: DataSet, asking: Asking = {}) {
  const { association, transferSyntax, operation: run } = operation(gateway, asking);
  await perform(run, writeDataSet(identifier, transferSyntax));
  const { sent } = association;
  assert(sent.every(({ command }) => command.MessageIDBeingRespondedTo === 7));
  return {
    statuses: sent.map(({ command }) => command.Status?.toString(16)),
    matches: sent.flatMap(({ dataSet }) =>
      dataSet === undefined ? [] : [readDataSet(dataSet, transferSyntax)]
    ),
    comment: sent.at(-1)?.command.ErrorComment,
  };
}

function studies(...keys: readonly Element[]): DataSet {
  return dataSet(element(0x00080052, "CS", "STUDY"), ...keys);
}

/** Runs against the server's own routes. */
async function withGateway(work: (gateway: Gateway) => Promise<void>): Promise<void> {
  await withServer(({ get }) =>
    work(gatewayOf(createSearch({
      base: "",
      request: (path, request = {}) => get(`/${path}?${request.parameters ?? ""}`),
    })))
  );
}

const failing = (error: Error) =>
  gatewayOf(async function* () {
    yield await Promise.reject<DataSet>(error);
  });

const endless = (atMost = Infinity) =>
  gatewayOf(async function* (_search, signal) {
    for (let number = 0; number < atMost; number++) {
      signal?.throwIfAborted();
      yield await Promise.resolve(
        decodeJson({ "0020000D": { vr: "UI", Value: [`1.${number}`] } }),
      );
    }
  });

Deno.test("findService: answers with the matches of the server, in both native syntaxes", async () => {
  await withGateway(async (gateway) => {
    for (const transferSyntax of [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN]) {
      const { statuses, matches } = await ask(
        gateway,
        studies(
          element(PATIENT_NAME, "PN", "smith*"),
          element(STUDY_UID, "UI", ""),
          element(0x00080061, "CS", ""),
          element(0x00104000, "LT", ""),
        ),
        { transferSyntax },
      );
      assertEquals(statuses, ["ff00", "0"]);
      const [match] = matches;
      assert(match !== undefined);
      assertEquals(text(match, PATIENT_NAME), "Smith^John");
      assertEquals(text(match, STUDY_UID), "1.2.1");
      assertEquals(strings(match, 0x00080061), ["CT", "SR"]);
      assertEquals(text(match, 0x00080054), "GANTRY");
      assertEquals([...match.keys()].includes(0x00104000), true);
    }
  });
});

Deno.test("findService: answers at all levels of all roots", async () => {
  const uids = async (gateway: Gateway, root: QueryRetrieveRoot, level: string, tag: number) => {
    const { matches } = await ask(
      gateway,
      dataSet(element(0x00080052, "CS", level), element(tag, tag === 0x00100020 ? "LO" : "UI")),
      { root },
    );
    return matches.map((match) => text(match, tag)).sort();
  };
  await withGateway(async (gateway) => {
    for (const root of ["patient", "patientStudyOnly"] as const) {
      assertEquals(await uids(gateway, root, "PATIENT", 0x00100020), ["P1", "P2"]);
    }
    assertEquals(await uids(gateway, "patientStudyOnly", "STUDY", STUDY_UID), ["1.2.1", "1.2.2"]);
    for (const root of ["patient", "study"] as const) {
      assertEquals(await uids(gateway, root, "STUDY", STUDY_UID), ["1.2.1", "1.2.2"]);
      const series = ["1.2.1.1", "1.2.1.2", "1.2.2.1"];
      assertEquals(await uids(gateway, root, "SERIES", 0x0020000E), series);
      assertEquals((await uids(gateway, root, "IMAGE", 0x00080018)).length, 4);
    }
  });
});

Deno.test("findService: reads and writes the character set of the caller or of its configuration", async () => {
  await withGateway(async (gateway) => {
    const japanese = studies(
      element(0x00080005, "CS", "\\ISO 2022 IR 87"),
      element(PATIENT_NAME, "PN", "*=\x1b$B;3ED\x1b(B*"),
    );
    const [match] = (await ask(gateway, japanese)).matches;
    assertEquals(text(match!, PATIENT_NAME), "M?ller^J?rg=山田^太郎");
    const latin = studies(element(PATIENT_NAME, "PN", "M\xfcller*"));
    const [other] = (await ask(gateway, latin, { charset: "ISO_IR 100" })).matches;
    assertEquals(text(other!, PATIENT_NAME), "Müller^Jörg=??^??");
  });
});

Deno.test("findService: says where keys were not matched", async () => {
  await withGateway(async (gateway) => {
    const { statuses } = await ask(gateway, studies(element(0x00104000, "LT", "calm*")));
    assertEquals(statuses, ["ff01", "ff01", "0"]);
    const binary = await ask(gateway, studies(element(0x00420011, "OB", "ab")));
    assertEquals(binary.statuses, ["ff01", "ff01", "0"]);
  });
});

Deno.test("findService: refuses identifiers that mean nothing", async () => {
  await withGateway(async (gateway) => {
    for (
      const identifier of [
        dataSet(),
        dataSet(element(0x00080052, "CS", "PATIENT")),
        studies(element(0x00080020, "DA", "2024-01-01")),
        studies(element(STUDY_UID, "UI", "1.2.*")),
      ]
    ) {
      const { statuses, comment } = await ask(gateway, identifier);
      assertEquals(statuses, ["a900"]);
      assert(comment !== undefined && comment.length > 0);
    }
  });
});

Deno.test("findService: refuses bytes that are no data set, and too many of them", async () => {
  const cases = [
    [Uint8Array.of(1, 2, 3, 4, 5), "a900"],
    [new Uint8Array(MAX_IDENTIFIER_BYTES + 2), "c000"],
  ] as const;
  for (const [bytes, status] of cases) {
    const { association, operation: run } = operation(endless(), {});
    await perform(run, bytes);
    assertEquals(association.sent.map(({ command }) => command.Status?.toString(16)), [status]);
  }
});

Deno.test("findService: tells what passes from what does not", async () => {
  const status = async (error: Error) => (await ask(failing(error), studies())).statuses;
  assertEquals(await status(new GatewayError("gone", "passing", undefined)), ["a700"]);
  assertEquals(await status(new GatewayError("busy", "passing", 503)), ["a700"]);
  assertEquals(await status(new GatewayError("no", "denied", 401)), ["c000"]);
  assertEquals(await status(new GatewayError("what", "refused", 404)), ["c000"]);
  assertEquals(await status(new GatewayError("bad", "refused", 400)), ["a900"]);
  assertEquals((await ask(undefined, studies())).statuses, ["c000"]);
});

Deno.test("findService: ends with FE00 when it is cancelled between matches", async () => {
  let sends = 0;
  const association = recordAssociation(() => {
    if (++sends === 3) run.cancel?.();
  });
  const { operation: run } = operation(endless(), { association });
  await perform(run, writeDataSet(studies(), IMPLICIT_VR_LITTLE_ENDIAN));
  const statuses = association.sent.map(({ command }) => command.Status?.toString(16));
  assertEquals(statuses, ["ff00", "ff00", "ff00", "fe00"]);
});

Deno.test("findService: ends with FE00 when it is cancelled while the server is asked", async () => {
  const hanging = gatewayOf(async function* (_search, signal) {
    run.cancel?.();
    signal?.throwIfAborted();
    yield await Promise.resolve(dataSet());
  });
  const { association, operation: run } = operation(hanging, {});
  await perform(run, writeDataSet(studies(), IMPLICIT_VR_LITTLE_ENDIAN));
  assertEquals(association.sent.map(({ command }) => command.Status), [0xfe00]);
});

Deno.test("findService: stops when the association ends", async () => {
  const association = recordAssociation(() => {
    if (association.sent.length === 2) association.lose();
  });
  const { operation: run } = operation(endless(), { association });
  await perform(run, writeDataSet(studies(), IMPLICIT_VR_LITTLE_ENDIAN));
  assertEquals(association.sent.length, 3);
});

Deno.test("findService: sends a match only when the one before is sent", async () => {
  let pulled = 0;
  let sending = 0;
  const gateway = gatewayOf(async function* () {
    for (; pulled < 20; pulled++) {
      assertEquals(sending, 0);
      yield await Promise.resolve(dataSet());
    }
  });
  const association = recordAssociation(async () => {
    sending++;
    await Promise.resolve();
    sending--;
  });
  const { statuses } = await ask(gateway, studies(), { association });
  assertEquals([statuses.length, pulled], [21, 20]);
});
