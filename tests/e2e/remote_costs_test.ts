/** What each request of a client costs in requests to the index and to the object store. */
import { assertEquals } from "@std/assert";
import { INSTANCES, pathOf } from "../support/client_archive.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { withServer } from "../support/server_process.ts";
import { startSqld } from "../support/sqld.ts";
import { startIndexFront } from "../support/index_front.ts";
import { withStoreFront } from "../support/store_front.ts";
import { statusOf } from "../support/unharmed.ts";
import { stow } from "../support/stow.ts";
import { startSwift, SWIFT_PROGRAMS } from "../support/swift.ts";

/** A server whose index and object store are asked through fronts that count. */
interface Counted {
  readonly dicomweb: string;
  /** Requests to the index since the last call, but for those that read the keys: one a second at most. */
  indexRequests(): number;
  /** Requests to the object store since the last call: methods, with `range` where a part is read. */
  storeRequests(): string[];
}

async function withCounted(test: (server: Counted) => Promise<void>): Promise<void> {
  const [sqld, swift] = await Promise.all([startSqld(), startSwift()]);
  try {
    await swift.createBucket("gantry");
    await using indexFront = startIndexFront(sqld.url);
    await withStoreFront(swift.endpoint, async (blobFront) => {
      const env = {
        GANTRY_INDEX_URL: indexFront.url,
        GANTRY_BLOBS_URL: "s3://gantry/costs",
        AWS_ENDPOINT_URL_S3: blobFront.url,
        AWS_ACCESS_KEY_ID: swift.accessKeyId,
        AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
        AWS_REGION: swift.region,
      };
      await withServer(env, ({ dicomweb }) =>
        test({
          dicomweb,
          indexRequests: () =>
            indexFront.requests.splice(0).filter((body) => !body.includes("api_keys")).length,
          storeRequests: () =>
            blobFront.requests.splice(0).map(({ method, headers }) =>
              headers.has("range") ? `${method} range` : method
            ),
        }));
    });
  } finally {
    await Promise.all([sqld.stop(), swift.stop()]);
  }
}

/** What a request may cost: the README has this table. */
interface Cost {
  readonly what: string;
  readonly path: string;
  readonly method?: string;
  readonly accept?: string;
  readonly index: number;
  readonly store: readonly string[];
}

const { ct1: CT, slide: SLIDE } = INSTANCES;
const STORED = "; transfer-syntax=*";
const study = `/studies/${CT.StudyInstanceUID}`;
/** Of what `ctInstance` makes. */
const STUDY = "1.2.826.0.1.3680043.10.1.1";

const COSTS: readonly Cost[] = [
  { what: "a search for studies", path: "/studies?PatientName=D*&limit=25", index: 1, store: [] },
  { what: "with a total", path: "/studies?count=true&limit=1", index: 1, store: [] },
  {
    what: "in an order",
    path: "/studies?orderby=PatientName&ModalitiesInStudy=CT",
    index: 1,
    store: [],
  },
  { what: "with all attributes", path: "/instances?includefield=all", index: 1, store: [] },
  { what: "for series of a study", path: `${study}/series`, index: 1, store: [] },
  {
    what: "a frame",
    path: `${pathOf(CT)}/frames/1`,
    accept: `application/octet-stream${STORED}`,
    index: 1,
    store: ["GET range"],
  },
  {
    what: "a compressed frame",
    path: `${pathOf(SLIDE)}/frames/2`,
    accept: `image/jpeg${STORED}`,
    index: 1,
    store: ["GET range"],
  },
  {
    what: "bulk data",
    path: `${pathOf(CT)}/bulkdata/7FE00010`,
    accept: `application/octet-stream${STORED}`,
    index: 1,
    store: ["GET range"],
  },
  {
    what: "an instance",
    path: pathOf(CT),
    accept: `application/dicom${STORED}`,
    index: 1,
    store: ["GET range"],
  },
  { what: "metadata of an instance", path: `${pathOf(CT)}/metadata`, index: 2, store: [] },
  { what: "metadata of a study", path: `${study}/metadata`, index: 2, store: [] },
  {
    what: "an image",
    path: `${pathOf(CT)}/rendered`,
    accept: "image/jpeg",
    index: 1,
    store: ["GET range"],
  },
];

peerTest("costs: of searches and retrievals, in requests to index and object store", [
  "sqld",
  ...SWIFT_PROGRAMS,
], () =>
  withCounted(async ({ dicomweb, indexRequests, storeRequests }) => {
    const files = Object.values(INSTANCES).map(({ file }) => file);
    assertEquals(await statusOf(stow(dicomweb, files)), 200);
    indexRequests();
    storeRequests();
    const found: Cost[] = [];
    for (const cost of COSTS) {
      const { path, method = "GET", accept } = cost;
      const response = await fetch(dicomweb + path, { method, headers: accept ? { accept } : {} });
      await response.bytes();
      assertEquals(response.status, 200, path);
      found.push({ ...cost, index: indexRequests(), store: storeRequests() });
    }
    assertEquals(found, COSTS);
  }));

const file = (number: number) => ctInstance({ sopInstanceUID: `2.25.${number}` });

peerTest(
  "costs: of stores and deletes",
  ["sqld", ...SWIFT_PROGRAMS],
  () =>
    withCounted(async ({ dicomweb, indexRequests, storeRequests }) => {
      async function costOf(request: Promise<Response>, status: number) {
        const response = await request;
        assertEquals(response.status, status, await response.text());
        return [indexRequests(), storeRequests()];
      }
      // The first says whether the store takes a condition; Swift does not, and is asked before instead.
      assertEquals(await statusOf(stow(dicomweb, [file(0)])), 200);
      indexRequests();
      storeRequests();
      assertEquals(await costOf(stow(dicomweb, [file(1)]), 200), [1, ["HEAD", "PUT"]]);
      assertEquals(await costOf(stow(dicomweb, [file(1)]), 200), [1, [
        "HEAD",
        "PUT",
        "HEAD",
        "DELETE",
      ]]);
      const studies = `${dicomweb}/studies/${STUDY}`;
      // The record of the removal lies beside the objects, which takes the index several steps.
      const remove = fetch(studies, { method: "DELETE" });
      assertEquals(await costOf(remove, 204), [6, ["HEAD", "PUT"]]);
      const undelete = fetch(`${studies}/undelete`, { method: "POST" });
      assertEquals(await costOf(undelete, 200), [6, ["GET", "GET", "DELETE"]]);
    }),
);
