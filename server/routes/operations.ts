/**
 * What each route does, as data: its transaction, parameters, media types and statuses. What describes
 * the server (openapi.ts, the pages of ui/) is made from it and from the routes that there are.
 * @module
 */
import { DICOM_URI_PARAMETERS, RENDERED_URI_PARAMETERS } from "../../lib/query/wado_uri.ts";
import { SEARCH_PARAMETERS } from "../../lib/query/qido.ts";
import { RENDERED_PARAMETERS, THUMBNAIL_PARAMETERS } from "../../lib/query/rendered_parameters.ts";
import { AET_ROOT, AET_WADO, DEFAULT_ROOT, DEFAULT_WADO } from "../http/base_url.ts";
import { CAPABILITIES_OFFERS } from "../http/capabilities.ts";
import { METADATA_OFFERS } from "../http/negotiate.ts";
import { BULK_MEDIA_TYPES } from "../http/pixel_media_types.ts";
import { IMAGE_MEDIA_TYPES } from "../http/rendered_negotiate.ts";
import { THUMBNAIL_MEDIA_TYPES } from "../services/thumbnail.ts";
import { described, matchedAttributes, type QueryParameter } from "./parameters.ts";
import { SEARCH_RESOURCES } from "./search.ts";
import { STORE_OFFERS } from "./store.ts";

/** What groups operations. */
export const TRANSACTIONS = [
  "Search",
  "Store",
  "Retrieve",
  "Delete",
  "URI service",
  "Capabilities",
  "Server",
] as const;

/** One of {@linkcode TRANSACTIONS}. */
export type Transaction = typeof TRANSACTIONS[number];

/** What a route does. */
export interface Operation {
  readonly transaction: Transaction;
  /** Clause of PS3.18; undefined for what is none of its business. */
  readonly clause: string | undefined;
  /** A line, without a full stop. */
  readonly summary: string;
  readonly parameters: readonly QueryParameter[];
  /** Media types of the request's body; none where it has none. */
  readonly takes: readonly string[];
  /** Media types of what comes back. */
  readonly gives: readonly string[];
  /** Statuses of success. */
  readonly success: readonly number[];
  /** Statuses of problems that are its own, beside those of every request. */
  readonly problems: readonly number[];
  /** Needs no key. */
  readonly isOpen: boolean;
}

/** A route as Hono has it. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

const MULTIPART = "multipart/related";
const MISSING = [400, 404, 406, 410];
const METADATA_TYPES = typesOf(METADATA_OFFERS);

/** By method and by what the template below a root ends with; the first that fits counts. */
const OPERATIONS: readonly (readonly [method: string, template: RegExp, operation: Operation])[] = [
  ...SEARCH_RESOURCES.map(([path, level]) =>
    [
      "GET",
      exactly(path),
      operation("Search", "10.6", `Search ${path.replace(/:(\w+)/g, "{$1}").slice(1)}`, {
        parameters: [...described(SEARCH_PARAMETERS), ...matchedAttributes(level)],
        gives: METADATA_TYPES,
        problems: [400, 406],
      }),
    ] as const
  ),
  [
    "POST",
    /^\/studies(\/:study)?$/,
    operation("Store", "10.5", "Store instances", {
      takes: [MULTIPART, "application/dicom"],
      gives: typesOf(STORE_OFFERS),
      success: [200, 202],
      problems: [400, 409, 413, 415],
    }),
  ],
  [
    "POST",
    /\/undelete$/,
    operation("Delete", undefined, "Take a deletion back", {
      gives: ["application/json"],
      problems: [400, 404, 410],
    }),
  ],
  [
    "DELETE",
    /^\/studies/,
    operation("Delete", undefined, "Delete, to be taken back within the grace period", {
      success: [204],
      problems: [400, 404, 410],
    }),
  ],
  [
    "GET",
    /\/metadata$/,
    operation("Retrieve", "10.4.1.1.2", "Metadata", {
      parameters: described(["accept", "charset"]),
      gives: METADATA_TYPES,
      problems: MISSING,
    }),
  ],
  [
    "GET",
    /\/rendered$/,
    operation("Retrieve", "10.4.1.1.3", "An image to look at, a video or a document", {
      parameters: described(RENDERED_PARAMETERS),
      gives: [
        ...IMAGE_MEDIA_TYPES,
        MULTIPART,
        "application/pdf",
        "text/xml",
        "video/mp4",
        "video/mpeg",
      ],
      success: [200, 206],
      problems: MISSING,
    }),
  ],
  [
    "GET",
    /\/thumbnail$/,
    operation("Retrieve", "10.4.1.1.4", "A small image that stands for it", {
      parameters: described(THUMBNAIL_PARAMETERS),
      gives: THUMBNAIL_MEDIA_TYPES,
      success: [200, 206],
      problems: MISSING,
    }),
  ],
  [
    "GET",
    /\/(bulkdata|pixeldata|frames)(\/.*)?$/,
    operation("Retrieve", "10.4.1.1.5, 10.4.1.1.6", "Bulk data, pixel data or frames", {
      parameters: described(["accept", "charset"]),
      gives: [MULTIPART, ...BULK_MEDIA_TYPES],
      success: [200, 206],
      problems: MISSING,
    }),
  ],
  [
    "GET",
    /^\/studies\/:study(\/series\/:series(\/instances\/:instance)?)?$/,
    operation("Retrieve", "10.4.1.1.1", "Instances as DICOM files, or all of them in one archive", {
      parameters: described(["accept", "charset", "anonymize"]),
      gives: [MULTIPART, "application/dicom", "application/zip"],
      success: [200, 206],
      problems: MISSING,
    }),
  ],
  [
    "OPTIONS",
    /^$/,
    operation("Capabilities", "8.9", "Describe the resources and their methods", {
      gives: typesOf(CAPABILITIES_OFFERS),
      problems: [406],
    }),
  ],
];

const URI_SERVICE = operation("URI service", "9", "One instance as a DICOM file, or as an image", {
  parameters: described(DICOM_URI_PARAMETERS.union(RENDERED_URI_PARAMETERS)),
  gives: ["application/dicom", ...IMAGE_MEDIA_TYPES, "application/pdf", "text/xml"],
  success: [200, 206],
  problems: MISSING,
});

const HEALTH = operation("Server", undefined, "Whether the server answers", {
  gives: ["application/json"],
  isOpen: true,
});

/** Of routes that are neither DICOMweb's nor described elsewhere: what people see. */
const PAGE = operation("Server", undefined, "A page, or a part of one", { gives: [] });

/** Operations beside the archives by path. */
const BESIDE: Readonly<Record<string, Operation>> = {
  "/healthz": HEALTH,
  "/readyz": operation("Server", undefined, "Whether the server can serve", {
    gives: ["application/json"],
    problems: [503],
    isOpen: true,
  }),
  "/metrics": operation("Server", undefined, "Figures for Prometheus", { gives: ["text/plain"] }),
  "/openapi.json": operation("Server", undefined, "This description", {
    gives: ["application/json"],
  }),
  "/login": operation("Server", undefined, "The page that asks for an API key", {
    gives: ["text/html"],
    isOpen: true,
  }),
  "/api": operation("Server", undefined, "This description as a page", { gives: ["text/html"] }),
  "/conformance": operation("Server", undefined, "The conformance statement", {
    gives: ["text/html"],
  }),
};

const LOGIN_FORM = "application/x-www-form-urlencoded";

/** Operations of pages that take something, by path. */
const FORMS: Readonly<Record<string, Operation>> = {
  "/login": operation("Server", undefined, "Keep an API key in the browser's cookie", {
    takes: [LOGIN_FORM],
    gives: ["text/html"],
    success: [303],
    problems: [413],
    isOpen: true,
  }),
  "/logout": operation("Server", undefined, "Forget the API key in the browser's cookie", {
    success: [303],
    isOpen: true,
  }),
};

/** The routes of an application that answer a method of their own: not what checks every request. */
export function routesIn(all: Iterable<Route>): readonly Route[] {
  const seen = new Map<string, Route>();
  for (const { method, path } of all) {
    if (method === "ALL") continue;
    seen.set(`${method} ${path}`, { method, path });
  }
  return [...seen.values()];
}

/** What a route does. Undefined for one of DICOMweb's that nobody has described. */
export function operationOf({ method, path }: Route): Operation | undefined {
  if (path === DEFAULT_WADO || path === AET_WADO) return URI_SERVICE;
  const root = [DEFAULT_ROOT, AET_ROOT].find((each) =>
    path === each || path.startsWith(`${each}/`)
  );
  if (root === undefined) return (method === "POST" ? FORMS[path] : BESIDE[path]) ?? PAGE;
  const template = path.slice(root.length);
  return OPERATIONS.find(([of, pattern]) => of === method && pattern.test(template))?.[2];
}

function operation(
  transaction: Transaction,
  clause: string | undefined,
  summary: string,
  more: Partial<Operation>,
): Operation {
  return {
    transaction,
    clause,
    summary,
    parameters: [],
    takes: [],
    gives: [],
    success: [200],
    problems: [],
    isOpen: false,
    ...more,
  };
}

function exactly(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

/** Media types of offers as Content-Type has them: of parts that of the whole. */
function typesOf(offers: readonly { readonly essence: string }[]): readonly string[] {
  return [...new Set(offers.map(({ essence }) => essence))];
}
