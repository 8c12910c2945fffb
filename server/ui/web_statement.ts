/**
 * Tables of the conformance statement about DICOM web services.
 * @module
 */
import { formatTag } from "../../lib/dicom/dictionary.ts";
import type { PixelFormat } from "../../lib/dicom/pixel_format.ts";
import { TRANSFER_SYNTAXES, type TransferSyntax } from "../../lib/dicom/uids.ts";
import { pathOf, SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import { requiredScope } from "../http/auth.ts";
import { DEFAULT_ROOT, DEFAULT_WADO } from "../http/base_url.ts";
import { KEY_SCOPES } from "../http/key_scopes.ts";
import { pixelEncoding } from "../http/pixel_media_types.ts";
import { isMade } from "../http/wado_negotiate.ts";
import type { Pixels } from "../pixels/pixels.ts";
import { openapiPath } from "../routes/openapi.ts";
import { operationOf, type Route, routesIn } from "../routes/operations.ts";
import { FAILURE_REASON, WARNING_DATA_SET_DOES_NOT_MATCH } from "../services/store_result.ts";
import type { StatementTable } from "./statement_table.ts";

export function webOperations(routes: Iterable<Route>): StatementTable {
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

export function searchAttributes(): StatementTable {
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

export function transferSyntaxes(
  codecs: Pick<Pixels, "undecodable" | "unencodable">,
): StatementTable {
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

export function failureReasons(): StatementTable {
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

export function scopes(routes: Iterable<Route>): StatementTable {
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

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

/** `dataSetDoesNotMatch` as words; what is written in capitals stays so. */
function words(name: string): string {
  return name.replace(/([a-z])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$2 ")
    .replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}
