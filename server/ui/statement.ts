/**
 * The tables of the conformance statement (PS3.2), each made from what the code itself goes by.
 * @module
 */
import { dimseWithDefaults } from "../../lib/config/dimse_settings.ts";
import { ENVIRONMENT } from "../../lib/config/environment.ts";
import { type Service, SERVICES } from "../../lib/config/remote_aes.ts";
import {
  FIND_FLAGS,
  IDENTIFIER_SYNTAXES,
  MAX_OPERATIONS,
  RETRIEVE_FLAGS,
  SERVICE_STATUSES,
  serviceOf,
  SUBOPERATIONS,
} from "../../lib/config/served.ts";
import { OPTIONS } from "../../lib/deid/option.ts";
import { CHARACTER_SETS } from "../../lib/dicom/charset.ts";
import { formatTag } from "../../lib/dicom/dictionary.ts";
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";
import { TRANSFER_SYNTAXES, type TransferSyntax } from "../../lib/dicom/uids.ts";
import { QUERY_RETRIEVE, sopClasses, VERIFICATION } from "../../lib/dimse/sop_classes.ts";
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { pathOf, SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import { requiredScope } from "../http/auth.ts";
import { DEFAULT_ROOT, DEFAULT_WADO } from "../http/base_url.ts";
import { KEY_SCOPES } from "../http/key_scopes.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import { isMade } from "../http/wado_negotiate.ts";
import type { Pixels } from "../pixels/pixels.ts";
import { openapiPath } from "../routes/openapi.ts";
import { operationOf, type Route, routesIn } from "../routes/operations.ts";
import { DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT } from "../services/search.ts";
import { FAILURE_REASON, WARNING_DATA_SET_DOES_NOT_MATCH } from "../services/store_result.ts";
import type { Settings } from "../settings.ts";

/** What the statement is made from. */
export interface StatementParts {
  readonly routes: Iterable<Route>;
  readonly pixels: Pick<Pixels, "undecodable" | "unencodable">;
  readonly settings: Pick<Settings, "archives" | "deidentification">;
}

/** One table. */
export interface StatementTable {
  /** Lasting, for links and for who reads it by program. */
  readonly id: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A section of PS3.2's outline. */
export interface StatementSection {
  readonly id: string;
  readonly title: string;
  /** Sentences before the tables. */
  readonly text: readonly string[];
  readonly tables: readonly StatementTable[];
}

/** Every section in the outline's order. */
export function statement(parts: StatementParts): readonly StatementSection[] {
  return [
    {
      id: "overview",
      title: "Overview",
      text: [
        "Gantry is two processes. The server is a DICOMweb origin server: it stores, finds, retrieves, renders and deletes DICOM objects over HTTP (PS3.18, 2024e). The bridge speaks DIMSE to application entities and DICOMweb to the server.",
        "The server is a native implementation, and the source of everything below: this page is made from the tables by which the code itself goes.",
      ],
      tables: [archives(parts.settings)],
    },
    {
      id: "web",
      title: "DICOM web services",
      text: [
        `The server is an origin server of the Studies Service and of the URI Service; the bridge is a user agent of Store, Search and Retrieve. Who names no transfer syntax gets Explicit VR Little Endian, lossy images as they are stored. A search returns ${DEFAULT_SEARCH_LIMIT} results unless it asks for others, and ${MAX_SEARCH_LIMIT} at most; under one study all. Fuzzy, empty value and multiple value matching are supported, and combined ranges of date and time. Text is UTF-8. Notifications are not supported.`,
        "An object of any SOP Class is stored, in any transfer syntax, and kept as it came: no attribute is coerced. A thumbnail is made of the middle image, 128 pixels at most unless a viewport is given.",
      ],
      tables: [
        webOperations(parts.routes),
        searchAttributes(),
        transferSyntaxes(parts.pixels),
        failureReasons(),
      ],
    },
    {
      id: "dimse",
      title: "DIMSE services",
      text: [
        "The bridge accepts associations as SCP of the classes below, and private and future classes as storage. It is SCU of Verification, Storage, Find, Move and Get at its command line, and of Storage for C-MOVE. It takes user identity and does not check it.",
        `C-STORE is answered once the instance is durable on the bridge's disk or, where an AE is configured so, in the server. Instances are passed on bit for bit: storage is negotiated as Level 2 (Full), digital signatures Level 3, no coercion. Flags of extended negotiation: C-FIND ${
          flags(FIND_FLAGS)
        }, C-MOVE and C-GET ${flags(RETRIEVE_FLAGS)}, which is relational queries and retrieval.`,
      ],
      tables: [association(), sopClassTable(), dimseSyntaxes(), dimseStatuses()],
    },
    {
      id: "character-sets",
      title: "Character sets",
      text: [
        "Text is read in these Specific Character Sets and given as UTF-8 by DICOMweb. C-FIND answers in the character set of the query, or in that of the AE's configuration.",
      ],
      tables: [characterSets()],
    },
    {
      id: "security",
      title: "Security",
      text: [
        "DICOMweb is protected by API keys with scopes, sent as Authorization: Bearer; of a key only a keyed hash is kept. TLS of the server is left to a proxy. The bridge listens with TLS 1.2 and 1.3 on a port of its own where it is configured, with certificates of its peers where a CA is named. Neither process writes patient data to its log.",
      ],
      tables: [scopes(parts.routes)],
    },
    {
      id: "deidentification",
      title: "De-identification",
      text: [
        "Basic Application Level Confidentiality Profile (PS3.15 Annex E) by anonymize, with the options of the profiles configured here.",
      ],
      tables: [profiles(parts.settings), options()],
    },
    {
      id: "configuration",
      title: "Configuration",
      text: ["The server is configured by environment variables and by one JSON file."],
      tables: [environment()],
    },
  ];
}

function archives({ archives }: StatementParts["settings"]): StatementTable {
  return {
    id: "archives",
    caption: "Archives of this server",
    head: ["Archive", "AE titles", "Other content under a UID that is there"],
    rows: archives.map(({ name, aets, conflict }) => [name, aets.join(", "), conflict]),
  };
}

function webOperations(routes: Iterable<Route>): StatementTable {
  const rows = routesIn(routes).flatMap((route) => {
    const operation = operationOf(route);
    const isDefault = route.path.startsWith(DEFAULT_ROOT) || route.path === DEFAULT_WADO;
    if (operation === undefined || !isDefault) return [];
    const { transaction, takes, gives, success, problems, parameters } = operation;
    return [[
      route.method,
      openapiPath(route.path),
      transaction,
      takes.join(", "),
      gives.join(", "),
      parameters.map(({ name }) => name).join(", "),
      [...success, ...problems].join(", "),
    ]];
  });
  return {
    id: "web-operations",
    caption: "Resources of the default archive; every archive has them below /aets/{AE}/rs too",
    head: ["Method", "Resource", "Transaction", "Takes", "Gives", "Parameters", "Statuses"],
    rows,
  };
}

const RETURNED = {
  everywhere: "always, below its level too",
  always: "always",
  known: "where it is known",
  own: "of its own level",
  asked: "where it is asked for",
} as const;

function searchAttributes(): StatementTable {
  return {
    id: "search-attributes",
    caption: "Attributes of searches (QIDO-RS and C-FIND)",
    head: ["Keyword", "Tag", "VR", "Level", "Matching", "Returned"],
    rows: SEARCH_ATTRIBUTES.map((attribute) => [
      attribute.keyword,
      pathOf(attribute).map(formatTag).join("."),
      attribute.vr,
      attribute.level,
      attribute.matched ? MATCHING[attribute.match] : "",
      RETURNED[attribute.returned],
    ]),
  };
}

const MATCHING = {
  uid: "single, list",
  text: "single, wildcard",
  name: "single, wildcard, fuzzy",
  date: "single, range",
  time: "single, range",
  number: "single, wildcard",
} as const;

/** Kinds of pixels that codecs are asked about. */
const KINDS: readonly (readonly [name: string, format: PixelFormat])[] = [
  ["1 bit", pixels(1, 1, 1, "MONOCHROME2")],
  ["gray 8", pixels(1, 8, 8, "MONOCHROME2")],
  ["gray 12", pixels(1, 16, 12, "MONOCHROME2")],
  ["gray 16", pixels(1, 16, 16, "MONOCHROME2")],
  ["gray 32", pixels(1, 32, 32, "MONOCHROME2")],
  ["palette 8", pixels(1, 8, 8, "PALETTE COLOR")],
  ["colour 8", pixels(3, 8, 8, "RGB")],
  ["colour 16", pixels(3, 16, 16, "RGB")],
];

function pixels(
  SamplesPerPixel: number,
  BitsAllocated: number,
  BitsStored: number,
  PhotometricInterpretation: string,
): PixelFormat {
  return {
    Rows: 512,
    Columns: 512,
    SamplesPerPixel,
    BitsAllocated,
    BitsStored,
    HighBit: BitsStored - 1,
    PixelRepresentation: 0,
    PlanarConfiguration: 0,
    PhotometricInterpretation,
  };
}

function transferSyntaxes(codecs: StatementParts["pixels"]): StatementTable {
  const kinds = (refuses: (format: PixelFormat) => string | undefined) => {
    const able = KINDS.filter(([, format]) => refuses(format) === undefined);
    return able.length === KINDS.length ? "all" : able.map(([name]) => name).join(", ");
  };
  return {
    id: "transfer-syntaxes",
    caption:
      "Transfer syntaxes: all are stored and given as stored; which pixels are decoded and encoded",
    head: ["UID", "Name", "Decoded", "Encoded", "Media type of frames"],
    rows: [...TRANSFER_SYNTAXES.values()].map((syntax) => [
      syntax.uid,
      syntax.name,
      kinds((format) => codecs.undecodable(syntax.uid, format)),
      isMade(syntax.uid) ? kinds((format) => codecs.unencodable(syntax.uid, format)) : "",
      frameType(syntax),
    ]),
  };
}

function frameType({ uid }: TransferSyntax): string {
  return pixelEncoding(uid).mediaTypes[0] ?? "";
}

function failureReasons(): StatementTable {
  const rows = Object.entries({
    ...FAILURE_REASON,
    warningDataSetDoesNotMatch: WARNING_DATA_SET_DOES_NOT_MATCH,
  });
  return {
    id: "failure-reasons",
    caption: "Failure and Warning Reasons of Store (PS3.18 Annex I)",
    head: ["Reason", "Meaning"],
    rows: rows.map(([name, code]) => [hex(code), words(name)]),
  };
}

function association(): StatementTable {
  const { maxPduLength, associations, idle, tls } = dimseWithDefaults({});
  return {
    id: "association",
    caption: "Associations, unless the configuration says otherwise",
    head: ["Characteristic", "Value"],
    rows: [
      ["Maximum PDU length received, bytes", String(maxPduLength)],
      ["Associations at the same time", String(associations)],
      ["Idle association is ended after, minutes", String(idle / 60_000)],
      ["Asynchronous operations invoked", String(MAX_OPERATIONS)],
      ["Asynchronous sub-operations of C-GET performed", String(SUBOPERATIONS)],
      ["TLS", tls === undefined ? "where configured" : String(tls.port)],
    ],
  };
}

function sopClassTable(): StatementTable {
  const served = (uid: string): readonly string[] => {
    const service = serviceOf(uid);
    return [service === undefined ? "" : `C-${service.toUpperCase()}`];
  };
  const queryRetrieve = Object.values(QUERY_RETRIEVE).flatMap((models) => Object.values(models));
  const names = sopClasses();
  return {
    id: "sop-classes",
    caption: "SOP Classes of the bridge as SCP",
    head: ["UID", "Name", "Service"],
    rows: [VERIFICATION, ...queryRetrieve, ...names.storage.keys()].map((uid) => [
      uid,
      names.storage.get(uid) ?? names.other.get(uid) ?? "",
      ...served(uid),
    ]),
  };
}

function dimseSyntaxes(): StatementTable {
  const identifiers = [...IDENTIFIER_SYNTAXES].map((uid) =>
    TRANSFER_SYNTAXES.get(uid)?.name ?? uid
  );
  const any = "any, taken as it comes";
  const of: Readonly<Record<Service, string>> = {
    echo: any,
    store: any,
    find: identifiers.join(", "),
    move: identifiers.join(", "),
    get: identifiers.join(", "),
  };
  return {
    id: "dimse-transfer-syntaxes",
    caption: "Transfer syntaxes that are accepted by service",
    head: ["Service", "Transfer syntaxes"],
    rows: SERVICES.map((service) => [`C-${service.toUpperCase()}`, of[service]]),
  };
}

function dimseStatuses(): StatementTable {
  return {
    id: "dimse-statuses",
    caption: "Statuses by service",
    head: ["Service", "Status"],
    rows: SERVICES.flatMap((service) =>
      SERVICE_STATUSES[service].map((
        name,
      ) => [`C-${service.toUpperCase()}`, describeStatus(STATUS[name])])
    ),
  };
}

function characterSets(): StatementTable {
  return {
    id: "character-sets-read",
    caption: "Specific Character Sets",
    head: ["Defined term"],
    rows: CHARACTER_SETS.map((term) => [term]),
  };
}

function scopes(routes: Iterable<Route>): StatementTable {
  const all = routesIn(routes);
  const methods = (scope: string) => {
    const own = all.filter(({ method, path }) => requiredScope(method, path) === scope);
    return [...new Set(own.map(({ method }) => method))].sort().join(", ");
  };
  return {
    id: "scopes",
    caption: "Scopes of API keys, with the methods that need them",
    head: ["Scope", "Methods"],
    rows: KEY_SCOPES.map((scope) => [scope, methods(scope)]),
  };
}

function profiles({ deidentification }: StatementParts["settings"]): StatementTable {
  return {
    id: "deidentification-profiles",
    caption: "Profiles of this server",
    head: ["Profile", "Options"],
    rows: [...deidentification].map((
      [name, { profile }],
    ) => [name, [...profile.options].join(", ")]),
  };
}

function options(): StatementTable {
  return {
    id: "deidentification-options",
    caption: "Options that a profile may have",
    head: ["Option", "Code", "Meaning"],
    rows: Object.entries(OPTIONS).map(([name, { code, meaning }]) => [name, code, meaning]),
  };
}

function environment(): StatementTable {
  return {
    id: "environment",
    caption: "Environment variables of the server",
    head: ["Variable"],
    rows: ENVIRONMENT.map((name) => [name]),
  };
}

function flags(supported: readonly boolean[]): string {
  return supported.map((flag) => flag ? "1" : "0").join(" ");
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

/** `dataSetDoesNotMatch` as words. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
