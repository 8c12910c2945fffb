/**
 * The conformance statement after PS3.2's outline; each table is made from what the code itself goes by.
 * @module
 */
import { ENVIRONMENT } from "../../lib/config/environment.ts";
import { FIND_FLAGS, RETRIEVE_FLAGS } from "../../lib/config/served.ts";
import { OPTIONS } from "../../lib/deid/option.ts";
import { answerStorage } from "../../lib/dul/extended_negotiation.ts";
import type { Pixels } from "../pixels/pixels.ts";
import type { Route } from "../routes/operations.ts";
import { DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT } from "../services/search.ts";
import { THUMBNAIL_SIDE } from "../services/thumbnail.ts";
import type { Settings } from "../settings.ts";
import {
  association,
  characterSets,
  dimseStatuses,
  dimseSyntaxes,
  sopClassTable,
} from "./dimse_statement.ts";
import type { StatementTable } from "./statement_table.ts";
import {
  failureReasons,
  scopes,
  searchAttributes,
  transferSyntaxes,
  webOperations,
} from "./web_statement.ts";

/** What the statement is made from. */
export interface StatementParts {
  readonly routes: Iterable<Route>;
  readonly pixels: Pick<Pixels, "undecodable" | "unencodable">;
  readonly settings: Pick<Settings, "archives" | "deidentification">;
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
        "An object of any SOP Class is stored, in any transfer syntax, and kept as it came: no attribute is coerced. A thumbnail is made of a representative image's middle frame, " +
        `${THUMBNAIL_SIDE} pixels a side at most where no viewport is given.`,
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
        `C-STORE is answered once the instance is durable on the bridge's disk or, where an AE is configured so, in the server. Instances are passed on bit for bit: storage is negotiated with ${
          answerStorage().join(" ")
        } as service-class application information, which is Level 2 (Full), digital signatures Level 3 and no coercion. Flags of extended negotiation: C-FIND ${
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
        "DICOMweb is protected by API keys with scopes, sent as Authorization: Bearer or kept by a browser in a cookie, which counts for the server's own pages; of a key only a keyed hash is kept. TLS of the server is left to a proxy; what it says of a request (Forwarded, X-Forwarded-*) counts where it is configured as trusted. The bridge listens with TLS 1.2 and 1.3 on a port of its own where it is configured, with certificates of its peers where a CA is named. Neither process writes patient data to its log.",
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
