/**
 * What a search does: the index that it walks, the conditions left to check on each row, and the
 * order of its rows, which is the order of the walk unless the query asks for another.
 * @module
 */
import type { RawBuilder } from "kysely";
import type { Tag } from "../../../lib/dicom/dataset.ts";
import { attributeAt } from "../../../lib/query/attributes.ts";
import type { Level, Match, Query } from "../../../lib/query/query.ts";
import { TABLES } from "../columns.ts";
import { type Driver, driverOf, orderDriver, type OrderKey } from "./driver.ts";
import { archiveId, type Field, fieldOf, levelsBelow } from "./fields.ts";
import { filterOf } from "./filter.ts";
import { itemFilter, sharedItems } from "./item_filter.ts";
import { wordsOf } from "./words.ts";

/** A plan, from which statements are made. */
export interface Plan {
  readonly archive: string;
  readonly level: Level;
  readonly driver: Driver;
  /** Order of the rows; the last key is the id of the row. */
  readonly keys: readonly OrderKey[];
  /** What the walk does not promise. */
  readonly filters: readonly RawBuilder<unknown>[];
  /** The walk's rows come in another order and are sorted. */
  readonly sorted: boolean;
}

/** The plans of a query. */
export interface Plans {
  /** Walks the most selective condition, or the default order where there is none. */
  readonly best: Plan;
  /** Where the query asks for an order: walks that order, for when `best` meets too many to sort. */
  readonly ordered: Plan | undefined;
}

interface Part {
  readonly field: Field;
  readonly match: Match;
  readonly driver: Driver | undefined;
}

/** Plans a query. Its conditions and order are on attributes of its level or above. */
export function plansOf(archive: string, query: Query): Plans {
  const id = archiveId(archive);
  const parts = conditionsOf(query).map(({ field, match }): Part => ({
    field,
    match,
    driver: driverOf(field, match, id),
  }));
  const words = wordsOf(query.words ?? []);
  const chosen = [...parts, words].reduce<Driver | undefined>((best, { driver }) => {
    if (driver === undefined) return best;
    return best === undefined || driver.rank < best.rank ? driver : best;
  }, undefined);
  const shared = sharedItems(parts);
  const order = orderOf(query, id);
  const walked = chosen ?? defaultDriver(query.level, id);
  const plan = (driver: Driver, keys: readonly OrderKey[], sorted: boolean): Plan => ({
    archive,
    level: query.level,
    driver,
    keys,
    filters: [
      ...parts
        .filter((part) =>
          !shared.flat().includes(part) && !(part.driver === driver && driver.serves)
        )
        .map(({ field, match }) => filterOf(field, match)),
      ...shared.map(itemFilter),
      ...(driver === words.driver ? words.rest : words.all),
    ],
    sorted,
  });
  if (order === undefined) {
    const keys = [...walked.keys, ...keysBelow(walked.level, query.level)];
    return { best: plan(walked, keys, false), ordered: undefined };
  }
  const ordered = plan(order.driver, order.keys, false);
  if (chosen === undefined) return { best: ordered, ordered: undefined };
  // A range of the order itself needs no sorting.
  if (isSameOrder(chosen.keys, order.driver.keys)) {
    return { best: plan(chosen, order.keys, false), ordered: undefined };
  }
  return { best: plan(walked, order.keys, true), ordered };
}

function conditionsOf(query: Query): { readonly field: Field; readonly match: Match }[] {
  const uid = (path: readonly Tag[], value: string | undefined) =>
    value === undefined ? [] : [{
      field: fieldAt(path, query.level),
      match: { kind: "single", value } as const,
    }];
  return [
    ...uid(STUDY_INSTANCE_UID, query.scope.StudyInstanceUID),
    ...uid(SERIES_INSTANCE_UID, query.scope.SeriesInstanceUID),
    ...query.conditions.map(({ path, match }) => ({ field: fieldAt(path, query.level), match })),
  ];
}

interface Order {
  readonly driver: Driver;
  readonly keys: readonly OrderKey[];
}

/** The order that a query asks for, made total. */
function orderOf(query: Query, archive: RawBuilder<unknown>): Order | undefined {
  const fields = query.orderBy.map(({ tag, descending }) => {
    const field = fieldAt([tag], query.level);
    if (!field.indexed) throw new Error("An order names an attribute without an index");
    return { field, descending };
  });
  const [first] = fields;
  if (first === undefined) return undefined;
  const driver = orderDriver(first.field, first.descending, archive);
  if (fields.length === 1) {
    return { driver, keys: [...driver.keys, ...keysBelow(driver.level, query.level)] };
  }
  const asked = fields.map(({ field, descending }): OrderKey => ({
    ref: `${TABLES[field.level].alias}.${field.keyColumn}`,
    descending,
  }));
  return { driver, keys: [...asked, { ref: TABLES[query.level].id, descending: false }] };
}

function isSameOrder(some: readonly OrderKey[], others: readonly OrderKey[]): boolean {
  const text = (keys: readonly OrderKey[]) =>
    keys.map(({ ref, descending }) => `${ref} ${descending}`).join();
  return text(some) === text(others);
}

/** How rows below one row are ordered: as a person would look at them. */
function keysBelow(from: Level, to: Level): readonly OrderKey[] {
  return levelsBelow(from, to).flatMap((level): OrderKey[] => {
    const number = level === "series" ? "series.SeriesNumber_key" : "instance.InstanceNumber_key";
    return [{ ref: number, descending: false }, { ref: TABLES[level].id, descending: false }];
  });
}

/** Without a condition: patients by name, all else by study, the newest first. */
function defaultDriver(level: Level, archive: RawBuilder<unknown>): Driver {
  if (level === "patient") return orderDriver(fieldAt(PATIENT_NAME, level), false, archive);
  return orderDriver(fieldAt(STUDY_DATE, level), true, archive);
}

const PATIENT_NAME = [0x00100010];
const STUDY_DATE = [0x00080020];
const STUDY_INSTANCE_UID = [0x0020000D];
const SERIES_INSTANCE_UID = [0x0020000E];

function fieldAt(path: readonly Tag[], level: Level): Field {
  const attribute = attributeAt(path);
  if (attribute === undefined) throw new Error("A search names an attribute without a column");
  return fieldOf(attribute, level);
}
