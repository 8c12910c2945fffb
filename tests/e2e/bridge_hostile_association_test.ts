import {
  ACCEPTED,
  type DimseCase,
  ECHO,
  ECHOED,
  ending,
  enduring,
  runCase,
} from "../support/dimse_case.ts";
import {
  ABORT,
  associateRQ,
  big,
  commandPdu,
  context,
  CONTEXTS,
  echoRQ,
  item,
  pData,
  PDU,
  pdu,
  PDV,
  pdv,
  RELEASE_RP,
  RELEASE_RQ,
  text,
  UID,
  userInformation,
} from "../support/dimse_bytes.ts";
import { concat } from "../support/part10_builder.ts";
import { withAttackedGateway } from "../support/unharmed_bridge.ts";

const CONTEXT = context(1, UID.verification, UID.implicit);

/** An A-ASSOCIATE-RQ whose rest after the titles is this. */
function withRest(...rest: readonly Uint8Array[]): Uint8Array {
  const request = associateRQ();
  return pdu(PDU.RQ, concat([request.subarray(6, 74), ...rest]));
}

const APPLICATION_CONTEXT = item(0x10, UID.applicationContext);

function asks(what: string, request: Uint8Array, ...answers: readonly string[]): DimseCase {
  return { what, sends: [request], answers };
}

/** A request that is accepted, and serves. */
function works(what: string, request: Uint8Array, accepted = ACCEPTED): DimseCase {
  return {
    what,
    request,
    sends: [ECHO, RELEASE_RQ],
    answers: [accepted, ECHOED, "RELEASE-RP"],
  };
}

function eachByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

const REQUESTS: readonly DimseCase[] = [
  works("protocol version 3", associateRQ({ version: 3 })),
  works("protocol version FFFF", associateRQ({ version: 0xffff })),
  asks("protocol version 2", associateRQ({ version: 2 }), "RJ(1,2,2)"),
  asks("protocol version 0", associateRQ({ version: 0 }), "RJ(1,2,2)"),
  asks("other application context", associateRQ({ applicationContext: "1.2.3" }), "RJ(1,1,2)"),
  asks("no application context", withRest(CONTEXT, userInformation()), "RJ(1,1,2)"),
  asks("no context", associateRQ({ items: [userInformation()] }), "RJ(1,1,1)"),
  asks("nothing but titles", withRest(), "RJ(1,1,2)"),
  asks("blank called title", associateRQ({ called: "" }), "RJ(1,1,7)"),
  asks("blank calling title", associateRQ({ calling: "" }), "RJ(1,1,3)"),
  asks("unknown called title", associateRQ({ called: "../../etc/pass" }), "RJ(1,1,7)"),
  works("titles padded with NUL", associateRQ({ padding: "\0" })),
  works("titles with leading spaces", associateRQ({ called: "   GANTRY", calling: "  RAW" })),
  works("calling title that is a path", associateRQ({ calling: "../../../../tmp" })),
  works("calling title of control characters", associateRQ({ calling: '\n\r\t"\x1b[31m' })),
  works(
    "unknown items",
    associateRQ({ items: [item(0x99, "what"), ...CONTEXTS, item(0x60, ""), userInformation()] }),
  ),
  works(
    "unknown sub-items",
    associateRQ({
      items: [...CONTEXTS, userInformation(16_384, item(0x77, "what"), item(0x5f, ""))],
    }),
  ),
  works("no User Information", associateRQ({ items: CONTEXTS })),
  works(
    "two of User Information",
    associateRQ({
      items: [...CONTEXTS, userInformation(), userInformation(32_768)],
    }),
  ),
  works(
    "one context twice",
    associateRQ({ items: [CONTEXT, CONTEXT, userInformation()] }),
    "AC 0",
  ),
  works(
    "an even context id",
    associateRQ({ items: [CONTEXT, context(2, UID.verification, UID.implicit)] }),
    "AC 0 0",
  ),
  works(
    "contexts without anything",
    associateRQ({ items: [CONTEXT, context(3, ""), context(5, UID.ctImage), userInformation()] }),
    "AC 0 3 4",
  ),
  works(
    "UIDs padded as in a data set",
    associateRQ({
      items: [context(1, `${UID.verification}\0`, `${UID.implicit}\0`), userInformation()],
    }),
    "AC 0",
  ),
  works(
    "128 contexts of 38 transfer syntaxes",
    associateRQ({
      items: [
        ...Array.from({ length: 128 }, (_, index) => {
          const syntaxes = Array.from({ length: 37 }, (_, n) => `1.2.840.10008.1.2.4.${n + 300}`);
          return context(2 * index + 1, UID.verification, ...syntaxes, UID.implicit);
        }),
        userInformation(),
      ],
    }),
    ["AC", ...Array(128).fill("0")].join(" "),
  ),
  works(
    "roles, windows and identities of every kind",
    associateRQ({
      items: [
        ...CONTEXTS,
        userInformation(
          16_384,
          item(0x53, concat([big(0, 2), big(0, 2)])),
          item(0x54, concat([big(17, 2), text(UID.verification), Uint8Array.of(1, 1)])),
          item(0x56, concat([big(27, 2), text(UID.studyRootFind), new Uint8Array(200)])),
          item(0x57, concat([big(1, 2), text("1"), big(1, 2), text("2"), big(0, 2)])),
          item(0x58, concat([Uint8Array.of(99, 1), big(3, 2), text("\0\xff\n"), big(0, 2)])),
        ),
      ],
    }),
  ),
  ...[0x20, 0x30, 0x40].map((type) =>
    asks(
      `an item of type ${type.toString(16)} that is too long`,
      withRest(APPLICATION_CONTEXT, item(type, "1.2", 200)),
      "ABORT(2,6)",
    )
  ),
  asks(
    "a context that ends within its id",
    withRest(APPLICATION_CONTEXT, item(0x20, "\x01")),
    "ABORT(2,6)",
  ),
  asks(
    "a sub-item that is longer than its context",
    withRest(
      APPLICATION_CONTEXT,
      item(0x20, concat([Uint8Array.of(1, 0, 0, 0), item(0x30, UID.verification, 60_000)])),
    ),
    "ABORT(2,6)",
  ),
  ...["\0", "\0\0\0", "\0\0\0\0\0\0"].flatMap((maximum) =>
    asks(
      `a maximum length of ${maximum.length} bytes`,
      withRest(APPLICATION_CONTEXT, CONTEXT, item(0x50, item(0x51, maximum))),
      ...(maximum.length < 4 ? ["ABORT(2,6)"] : ["AC 0"]),
    )
  ),
  ...[1, 7, 100].map((maximum) =>
    asks(
      `room for ${maximum} bytes only`,
      associateRQ({ items: [CONTEXT, userInformation(maximum)] }),
      "ABORT(2,6)",
    )
  ),
  ...[128, 0, 0xffffffff].map((maximum) =>
    works(
      `room for ${maximum} bytes, 0 being any number`,
      associateRQ({ items: [CONTEXT, userInformation(maximum)] }),
      "AC 0",
    )
  ),
  asks(
    "a role whose UID is too long",
    associateRQ({
      items: [
        CONTEXT,
        userInformation(16_384, item(0x54, concat([big(0xffff, 2), text(UID.verification)]))),
      ],
    }),
    "ABORT(2,6)",
  ),
  asks(
    "bytes after the last item",
    withRest(APPLICATION_CONTEXT, CONTEXT, userInformation(), text("abc")),
    "ABORT(2,6)",
  ),
  asks("a request that is too short", pdu(PDU.RQ, new Uint8Array(10)), "ABORT(2,6)"),
  asks("a request without anything", pdu(PDU.RQ, new Uint8Array()), "ABORT(2,6)"),
  asks("a request of 4 GiB", pdu(PDU.RQ, new Uint8Array(), 0xffffffff), "ABORT(2,6)"),
  asks("a request of 2 MiB", pdu(PDU.RQ, new Uint8Array(100), 2 ** 21), "ABORT(2,6)"),
];

/** What is not a request, on a connection without an association. */
const FIRST: readonly DimseCase[] = [
  asks("P-DATA first", ECHO, "ABORT(2,2)"),
  asks("P-DATA of 4 GiB first", pdu(PDU.data, text("x"), 0xffffffff), "ABORT(2,6)"),
  asks("A-ASSOCIATE-AC first", associateRQ({ type: PDU.AC }), "ABORT(2,2)"),
  asks("A-ASSOCIATE-RJ first", pdu(PDU.RJ, Uint8Array.of(0, 1, 1, 1)), "ABORT(2,2)"),
  asks("A-RELEASE-RQ first", RELEASE_RQ, "ABORT(2,2)"),
  asks("A-RELEASE-RP first", RELEASE_RP, "ABORT(2,2)"),
  asks("A-ABORT first", ABORT, "closed"),
  // Those who speak other protocols do not understand the answer, and are not waited for.
  asks("HTTP", text("GET / HTTP/1.1\r\nHost: bridge\r\n\r\n"), "ABORT(2,1)", "closed"),
  asks(
    "TLS",
    concat([Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3), new Uint8Array(508)]),
    "ABORT(2,1)",
    "closed",
  ),
  asks("SSH", text("SSH-2.0-OpenSSH_9.6\r\n"), "ABORT(2,1)", "closed"),
  asks("zeros", new Uint8Array(1000), "ABORT(2,1)", "closed"),
];

const ESTABLISHED: readonly DimseCase[] = [
  ending("a second request", [associateRQ()], "ABORT(2,2)"),
  ending("A-ASSOCIATE-AC", [associateRQ({ type: PDU.AC })], "ABORT(2,2)"),
  ending("A-ASSOCIATE-RJ", [pdu(PDU.RJ, Uint8Array.of(0, 1, 1, 1))], "ABORT(2,2)"),
  ending("A-RELEASE-RP", [RELEASE_RP], "ABORT(2,2)"),
  ending("A-ABORT", [ABORT], "closed"),
  ending("a PDU of type 8", [pdu(8, new Uint8Array(4))], "ABORT(2,1)"),
  ending("a PDU of type 0", [pdu(0, new Uint8Array(4))], "ABORT(2,1)"),
  ending("HTTP", [text("GET / HTTP/1.1\r\n\r\n")], "ABORT(2,1)"),
  ending(
    "A-RELEASE-RQ of 4 GiB",
    [pdu(PDU.releaseRQ, new Uint8Array(4), 0xffffffff)],
    "ABORT(2,6)",
  ),
  ending("A-RELEASE-RQ of 5 bytes", [pdu(PDU.releaseRQ, new Uint8Array(5))], "ABORT(2,6)"),
  ending("A-ABORT of no bytes", [pdu(PDU.abort, new Uint8Array())], "ABORT(2,6)"),
  ending("P-DATA of 4 GiB", [pdu(PDU.data, new Uint8Array(20), 0xffffffff)], "ABORT(2,6)"),
  ending(
    "P-DATA far longer than allowed",
    [pdu(PDU.data, new Uint8Array(20), 2 ** 20)],
    "ABORT(2,6)",
  ),
  ending("P-DATA of 3 bytes", [pData(new Uint8Array(3))], "ABORT(2,6)"),
  ending("a PDV beyond its PDU", [pData(pdv(1, PDV.lastOfCommand, echoRQ(), 5000))], "ABORT(2,6)"),
  ending("a PDV of 4 GiB", [pData(pdv(1, PDV.lastOfCommand, echoRQ(), 0xffffffff))], "ABORT(2,6)"),
  ending("a PDV of one byte", [pData(pdv(1, PDV.lastOfCommand, echoRQ(), 1))], "ABORT(2,6)"),
  ending("a PDV of nothing", [pData(pdv(1, PDV.lastOfCommand, echoRQ(), 0))], "ABORT(2,6)"),
  ending("data on a context that nobody proposed", [commandPdu(99, echoRQ())], "ABORT(2,6)"),
  ending("data on context 0", [commandPdu(0, echoRQ())], "ABORT(2,6)"),
  {
    what: "data on a context that was refused",
    request: associateRQ({
      items: [CONTEXT, context(3, UID.verification), userInformation()],
    }),
    sends: [commandPdu(3, echoRQ())],
    answers: ["AC 0 4", "ABORT(2,6)"],
  },
  {
    what: "P-DATA that does not wait until the association is accepted",
    sends: [concat([associateRQ(), ECHO])],
    answers: [/^(AC 0 0 0 0|ABORT\(2,2\))$/],
  },
  enduring("P-DATA without a PDV", [pData()]),
  ending("a request after a release", [RELEASE_RQ, ECHO], /^(ABORT\(2,2\)|RELEASE-RP)$/),
  {
    what: "a request in pieces of one byte",
    sends: eachByte(associateRQ()),
    answers: [ACCEPTED],
    lives: true,
  },
  ending("everything in pieces of one byte", eachByte(concat([ECHO, RELEASE_RQ])), ...[
    ECHOED,
    "RELEASE-RP",
  ]),
  ending("everything in one piece", [concat([ECHO, ECHO, RELEASE_RQ])], ...[
    ECHOED,
    ECHOED,
    "RELEASE-RP",
  ]),
];

for (
  const [name, cases] of [
    ["requests for an association", REQUESTS],
    ["what comes without an association", FIRST],
    ["what does not belong into an association", ESTABLISHED],
  ] as const
) {
  Deno.test(`bridge: ${name} are answered as they deserve, and nothing of them is left`, (t) =>
    withAttackedGateway(async (gateway) => {
      for (const one of cases) await t.step(one.what, () => runCase(gateway, one));
    }));
}
