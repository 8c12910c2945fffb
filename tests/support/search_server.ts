/**
 * The search routes over a real index in a folder of its own.
 * @module
 */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { packPieces } from "../../lib/bytes/gzip_pieces.ts";
import type { Env } from "../../server/http/context.ts";
import { errorResponse } from "./error_response.ts";
import type { Index, NewInstance } from "../../server/index/index.ts";
import { openLocalIndex } from "../../server/index/open_local.ts";
import { searchRoutes } from "../../server/routes/search.ts";
import { createSearchService } from "../../server/services/search.ts";

/** URL of the archive's DICOMweb root. */
export const BASE = "http://localhost/dicomweb";
/** SOP Class of every instance. */
export const CT = "1.2.840.10008.5.1.4.1.1.2";

/** A result as DICOM JSON. */
export type Row = Readonly<
  Record<
    string,
    { readonly vr: string; readonly Value?: readonly unknown[]; readonly BulkDataURI?: string }
  >
>;

/** An instance whose header has a comment, an image type and a bulk value beside the columns. */
export function instance(
  study: number,
  series: number,
  number: number,
  attributes: Readonly<Record<string, string>>,
): NewInstance {
  const StudyInstanceUID = `1.2.${study}`;
  const SeriesInstanceUID = `${StudyInstanceUID}.${series}`;
  const SOPInstanceUID = `${SeriesInstanceUID}.${number}`;
  const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID: CT };
  const header = `{"00080008":{"vr":"CS","Value":["ORIGINAL"]},` +
    `"00104000":{"vr":"LT","Value":["calm, \\"so far\\""]},` +
    `"7FE00010":{"vr":"OW","BulkDataURI":"`;
  return {
    archive: "default",
    object: {
      ...uids,
      TransferSyntaxUID: "1.2.840.10008.1.2.1",
      blobKey: `default/2026-01-01/${SOPInstanceUID}`,
      size: 1,
      dataSetOffset: 0,
      prefixDigest: "",
      dataSetDigest: SOPInstanceUID,
    },
    attributes: { ...attributes, ...uids, InstanceNumber: String(number) },
    header: {
      version: 1,
      pieces: packPieces([header, `/studies/${StudyInstanceUID}/bulk"}}`]),
      places: new Uint8Array(),
    },
  };
}

const SMITH = {
  PatientName: "Smith^John",
  PatientID: "P1",
  PatientBirthDate: "19700101",
  PatientSex: "M",
  StudyDate: "20200101",
  StudyTime: "101500",
  AccessionNumber: "A1",
  StudyID: "S1",
  StudyDescription: "Chest CT",
  ReferringPhysicianName: "House^Gregory",
};
const MUELLER = {
  PatientName: "Müller^Jörg=山田^太郎",
  PatientID: "P2",
  StudyDate: "20200102",
  StudyTime: "2330",
  AccessionNumber: "A2",
  StudyDescription: "100%_sure",
};
/** Two studies of two patients: one with a CT and an SR series, one with an MR. */
const INSTANCES = [
  instance(1, 1, 1, {
    ...SMITH,
    Modality: "CT",
    SeriesNumber: "1",
    Rows: "512",
    ScheduledProcedureStepID: "SPS1\\SPS2",
    RequestedProcedureID: "RP1\\",
    PerformedProcedureStepStartDate: "20200101",
  }),
  instance(1, 1, 2, { ...SMITH, Modality: "CT", SeriesNumber: "1" }),
  instance(1, 2, 1, { ...SMITH, Modality: "SR", SeriesNumber: "02" }),
  instance(2, 1, 1, { ...MUELLER, Modality: "MR", SeriesNumber: "1" }),
];

/** The routes on an index of their own. */
export interface SearchServer {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** The results of a search that succeeds. */
  rows(path: string): Promise<readonly Row[]>;
}

/** Runs `work` on a fresh index that holds `instances`. */
export async function withServer(
  work: (server: SearchServer, index: Index) => Promise<void>,
  instances: readonly NewInstance[] = INSTANCES,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    await index.ensureArchives(["default"]);
    const outcomes = await Promise.all(instances.map((each) => index.add(each)));
    for (const { kind } of outcomes) assertEquals(kind, "added");
    await work(serve(index), index);
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function serve(index: Index): SearchServer {
  const app = new Hono<Env>();
  app.onError((error) => errorResponse(error));
  app.use(async (c, next) => {
    c.set("archive", "default");
    c.set("base", BASE);
    await next();
  });
  app.route("/", searchRoutes(createSearchService({ index })));
  const get = async (path: string, headers = {}) => await app.request(path, { headers });
  return {
    get,
    async rows(path) {
      const response = await get(path);
      assertEquals(response.status, 200, await response.clone().text());
      return await response.json();
    },
  };
}
