/**
 * What the study list shows: a page of studies that a person searches by words, the series of one of
 * them, and what the archive holds.
 * @module
 */
import type { Tag } from "../../lib/dicom/dataset.ts";
import { DecodeError } from "../../lib/errors.ts";
import type { Condition, Query } from "../../lib/query/query.ts";
import type { AttributeValues, Index, SearchPage, Totals } from "../index/index.ts";

/** Attributes by which the list can be ordered. */
export const STUDY_ORDERS = {
  date: 0x00080020,
  name: 0x00100010,
  id: 0x00100020,
  accession: 0x00080050,
  description: 0x00081030,
} as const satisfies Readonly<Record<string, Tag>>;

/** Name of an attribute in {@linkcode STUDY_ORDERS}. */
export type StudyOrder = keyof typeof STUDY_ORDERS;

/** What a person asks for. */
export interface StudySearch {
  /** Folded (lib/query/words.ts). */
  readonly words: readonly string[];
  /** Study dates YYYYMMDD, inclusive; undefined for an open end. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly modality: string | undefined;
  readonly order: StudyOrder;
  readonly descending: boolean;
  /** Cursor of an earlier page. */
  readonly after: string | undefined;
}

/** A page of studies: their attributes by keyword. */
export interface StudyPage {
  readonly studies: readonly AttributeValues[];
  /** Cursor of the next page; there may be one although this page is not full. */
  readonly next: string | undefined;
  /** Studies that match; undefined where they are too many to count. */
  readonly total: number | undefined;
  /** The index read as far as it reads for one search; what is left is behind `next`. */
  readonly isCut: boolean;
}

/** A series: its attributes by keyword. */
export interface ListedSeries {
  readonly attributes: AttributeValues;
  /** Whether it can be expected to have images. */
  readonly hasImages: boolean;
}

/** A study with its series. */
export interface ListedStudy {
  readonly attributes: AttributeValues;
  readonly series: readonly ListedSeries[];
  /** Series that are not listed. */
  readonly left: number;
}

/** See {@linkcode createStudyList}. */
export interface StudyListService {
  /** A cursor that is none, or one of another search, begins from the start. */
  search(archive: string, search: StudySearch): Promise<StudyPage>;
  /** Undefined where there is no such study. */
  study(archive: string, StudyInstanceUID: string): Promise<ListedStudy | undefined>;
  totals(archive: string): Promise<Totals>;
  modalities(archive: string): Promise<readonly string[]>;
}

/** Studies of a page. */
export const STUDY_PAGE_ROWS = 25;
/** Series that are listed; each brings an image, and nobody looks at more. */
const SERIES_LISTED = 100;

const STUDY_DATE = 0x00080020;
const MODALITIES_IN_STUDY = 0x00080061;

/** Makes the service. */
export function createStudyList(
  index: Pick<Index, "search" | "totals" | "modalities">,
): StudyListService {
  return {
    async search(archive, asked) {
      const query = studyQuery(asked);
      const { rows, next, total, warnings } = await index.search(archive, query)
        .catch((error) => {
          if (!(error instanceof DecodeError)) throw error;
          return index.search(archive, { ...query, after: undefined });
        });
      const isCut = next !== undefined && rows.length < STUDY_PAGE_ROWS;
      return {
        studies: rows.map(({ values }) => values),
        next,
        total: query.count ? total : (await index.totals(archive)).studies,
        isCut: isCut && warnings.length > 0,
      };
    },

    async study(archive, StudyInstanceUID) {
      const scope = { StudyInstanceUID };
      const [[study], { rows, next }] = await Promise.all([
        index.search(archive, {
          ...PLAIN,
          level: "study",
          conditions: [{
            path: [0x0020000d],
            match: { kind: "single", value: StudyInstanceUID },
          }],
          limit: 1,
        }).then(({ rows }) => rows),
        index.search(archive, { ...PLAIN, level: "series", scope, limit: SERIES_LISTED }),
      ]);
      if (study === undefined) return undefined;
      const series = rows.map(async ({ values }) => ({
        attributes: values,
        hasImages: await hasImages(archive, StudyInstanceUID, values.SeriesInstanceUID ?? ""),
      }));
      const listed = await Promise.all(series);
      const all = Number(study.values.NumberOfStudyRelatedSeries ?? 0);
      const left = next === undefined ? 0 : Math.max(0, all - listed.length);
      return { attributes: study.values, series: listed, left };
    },

    totals: (archive) => index.totals(archive),
    modalities: (archive) => index.modalities(archive),
  };

  /** Of a series that mixes images with other objects, the first decides. */
  async function hasImages(
    archive: string,
    StudyInstanceUID: string,
    SeriesInstanceUID: string,
  ): Promise<boolean> {
    const scope = { StudyInstanceUID, SeriesInstanceUID };
    const { rows }: SearchPage = await index.search(archive, {
      ...PLAIN,
      level: "instance",
      scope,
      limit: 1,
    });
    return Number(rows[0]?.values.Rows ?? 0) > 0;
  }
}

const PLAIN = {
  scope: {},
  conditions: [],
  include: [],
  orderBy: [],
  offset: 0,
  after: undefined,
  count: false,
} satisfies Partial<Query>;

function studyQuery({ words, from, to, modality, order, descending, after }: StudySearch): Query {
  const conditions: Condition[] = [];
  if (from !== undefined || to !== undefined) {
    conditions.push({ path: [STUDY_DATE], match: { kind: "range", from, to } });
  }
  if (modality !== undefined) {
    conditions.push({ path: [MODALITIES_IN_STUDY], match: { kind: "single", value: modality } });
  }
  return {
    ...PLAIN,
    level: "study",
    conditions,
    words,
    orderBy: [{ tag: STUDY_ORDERS[order], descending }],
    limit: STUDY_PAGE_ROWS,
    after,
    // Of everything the total is known.
    count: conditions.length > 0 || words.length > 0,
  };
}
