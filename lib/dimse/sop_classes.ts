/**
 * SOP classes: those that services ask for by name, which ones are stored, and what they are called.
 * @module
 */
import { OTHER_CLASS_NAMES, STORAGE_CLASS_NAMES, UID_ROOT } from "./sop_class_names.ts";

/** Verification (PS3.4 A.4). */
export const VERIFICATION = "1.2.840.10008.1.1";

/** What a query/retrieve class asks for. */
export type QueryRetrieveService = "find" | "move" | "get";

/** Information models of query/retrieve (PS3.4 C.6); the last one is retired. */
export type QueryRetrieveRoot = "patient" | "study" | "patientStudyOnly";

/** Query/Retrieve SOP classes (PS3.4 C.6) by their root and service. */
export const QUERY_RETRIEVE = {
  patient: {
    find: "1.2.840.10008.5.1.4.1.2.1.1",
    move: "1.2.840.10008.5.1.4.1.2.1.2",
    get: "1.2.840.10008.5.1.4.1.2.1.3",
  },
  study: {
    find: "1.2.840.10008.5.1.4.1.2.2.1",
    move: "1.2.840.10008.5.1.4.1.2.2.2",
    get: "1.2.840.10008.5.1.4.1.2.2.3",
  },
  patientStudyOnly: {
    find: "1.2.840.10008.5.1.4.1.2.3.1",
    move: "1.2.840.10008.5.1.4.1.2.3.2",
    get: "1.2.840.10008.5.1.4.1.2.3.3",
  },
} as const satisfies Readonly<
  Record<QueryRetrieveRoot, Readonly<Record<QueryRetrieveService, string>>>
>;

/** The meaning of a query/retrieve class. */
export interface QueryRetrieveClass {
  readonly root: QueryRetrieveRoot;
  readonly service: QueryRetrieveService;
}

const ROOTS = ["patient", "study", "patientStudyOnly"] as const;
const SERVICES = ["find", "move", "get"] as const;

const QUERY_RETRIEVE_CLASSES: ReadonlyMap<string, QueryRetrieveClass> = new Map(
  ROOTS.flatMap((root) =>
    SERVICES.map((service) => [QUERY_RETRIEVE[root][service], { root, service }])
  ),
);

/** Root and service of a class; undefined where it is not one of {@linkcode QUERY_RETRIEVE}. */
export function queryRetrieveClass(SOPClassUID: string): QueryRetrieveClass | undefined {
  return QUERY_RETRIEVE_CLASSES.get(SOPClassUID);
}

const STORAGE_NAMES = named(STORAGE_CLASS_NAMES);
const OTHER_NAMES = named(OTHER_CLASS_NAMES);

/**
 * Whether instances of a class are sent by C-STORE: true for those of the standard's list, and for
 * private and future ones, since these are storage classes far more often than not.
 */
export function isStorageClass(SOPClassUID: string): boolean {
  return !OTHER_NAMES.has(SOPClassUID);
}

/** Names of the standard's classes by UID: those of storage, and the others. */
export function sopClasses(): {
  readonly storage: ReadonlyMap<string, string>;
  readonly other: ReadonlyMap<string, string>;
} {
  return { storage: STORAGE_NAMES, other: OTHER_NAMES };
}

/** The standard's name of a class, with its UID, for messages; the UID alone where there is none. */
export function sopClassName(SOPClassUID: string): string {
  const name = STORAGE_NAMES.get(SOPClassUID) ?? OTHER_NAMES.get(SOPClassUID);
  return name === undefined ? SOPClassUID : `${name} (${SOPClassUID})`;
}

function named(table: string): ReadonlyMap<string, string> {
  return new Map(
    table.trim().split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [UID_ROOT + line.slice(0, space), line.slice(space + 1)];
    }),
  );
}
