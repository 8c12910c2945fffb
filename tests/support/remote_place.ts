/**
 * A database and an object store of a test's own: real sqld, and real Swift.
 * @module
 */
import { type Need, peerTest } from "./peers.ts";
import { type Sqld, startSqld } from "./sqld.ts";
import { IS_EMBEDDED } from "./storage.ts";
import { startSwift, SWIFT_PROGRAMS, type SwiftProcess } from "./swift.ts";

/**
 * Registers a test that has both of its own, beside installations in data folders: it is none of those
 * that run wherever servers under test keep things.
 */
export function remotePlaceTest(
  name: string,
  run: (place: RemotePlace, corpus: URL) => Promise<void>,
  needs: readonly Need[] = [],
): void {
  if (!IS_EMBEDDED) return;
  peerTest(
    name,
    ["sqld", ...SWIFT_PROGRAMS, ...needs],
    (corpus) => withRemotePlace((place) => run(place, corpus)),
  );
}

/** Both of them. */
export interface RemotePlace {
  readonly sqld: Sqld;
  readonly swift: SwiftProcess;
  /** Variables that put an installation there: all of it, or one part alone. */
  readonly env: Readonly<Record<string, string>>;
  readonly indexEnv: Readonly<Record<string, string>>;
  readonly objectsEnv: Readonly<Record<string, string>>;
}

const BUCKET = "gantry";

async function withRemotePlace(use: (place: RemotePlace) => Promise<void>): Promise<void> {
  const [sqld, swift] = await Promise.all([startSqld(), startSwift()]);
  try {
    await swift.createBucket(BUCKET);
    const indexEnv = { GANTRY_INDEX_URL: sqld.url };
    const objectsEnv = {
      GANTRY_BLOBS_URL: `s3://${BUCKET}/pacs`,
      AWS_ENDPOINT_URL_S3: swift.endpoint,
      AWS_ACCESS_KEY_ID: swift.accessKeyId,
      AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
      AWS_REGION: swift.region,
    };
    await use({ sqld, swift, env: { ...indexEnv, ...objectsEnv }, indexEnv, objectsEnv });
  } finally {
    await Promise.all([sqld.stop(), swift.stop()]);
  }
}
