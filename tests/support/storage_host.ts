/**
 * A process that runs real services for tests: an object store, and a database for each data folder
 * that a test names. It ends, and everything with it, when its stdin does.
 * @module
 */
import { startSqld } from "./sqld.ts";
import { startSwift } from "./swift.ts";

/** A database and a place in the object store. */
interface Place {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const BUCKET = "gantry";

const swift = await startSwift();
await swift.createBucket(BUCKET);
const places = new Map<string, Promise<Place>>();

async function makePlace(number: number): Promise<Place> {
  const sqld = await startSqld();
  return {
    env: {
      GANTRY_INDEX_URL: sqld.url,
      GANTRY_BLOBS_URL: `s3://${BUCKET}/place-${number}`,
      AWS_ENDPOINT_URL_S3: swift.endpoint,
      AWS_ACCESS_KEY_ID: swift.accessKeyId,
      AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
      AWS_REGION: swift.region,
    },
    stop: () => sqld.stop(),
  };
}

let made = 0;
const server = Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  },
  async (request) => {
    const data = await request.text();
    let place = places.get(data);
    if (request.method === "DELETE") {
      places.delete(data);
      await (await place)?.stop();
      return new Response();
    }
    if (place === undefined) places.set(data, place = makePlace(++made));
    return Response.json((await place).env);
  },
);

for await (const _ of Deno.stdin.readable);
await server.shutdown();
await Promise.all([...places.values()].map(async (place) => await (await place).stop()));
await swift.stop();
