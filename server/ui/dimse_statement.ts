/**
 * Tables of the conformance statement about DIMSE services, made from what the bridge goes by.
 * @module
 */
import { dimseWithDefaults } from "../../lib/config/dimse_settings.ts";
import { type Service, SERVICES } from "../../lib/config/remote_aes.ts";
import {
  IDENTIFIER_SYNTAXES,
  MAX_OPERATIONS,
  SERVICE_STATUSES,
  serviceOf,
  SUBOPERATIONS,
} from "../../lib/config/served.ts";
import { CHARACTER_SETS } from "../../lib/dicom/charset.ts";
import { TRANSFER_SYNTAXES } from "../../lib/dicom/uids.ts";
import { QUERY_RETRIEVE, sopClasses, VERIFICATION } from "../../lib/dimse/sop_classes.ts";
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import type { StatementTable } from "./statement_table.ts";

export function association(): StatementTable {
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

export function sopClassTable(): StatementTable {
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

export function dimseSyntaxes(): StatementTable {
  const identifiers = [...IDENTIFIER_SYNTAXES].map((uid) =>
    TRANSFER_SYNTAXES.get(uid)?.name ?? uid
  );
  const everyOne = "any, taken as it comes";
  const of: Readonly<Record<Service, string>> = {
    echo: everyOne,
    store: everyOne,
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

export function dimseStatuses(): StatementTable {
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

export function characterSets(): StatementTable {
  return {
    id: "character-sets-read",
    caption: "Specific Character Sets",
    head: ["Defined term"],
    rows: CHARACTER_SETS.map((term) => [term]),
  };
}
