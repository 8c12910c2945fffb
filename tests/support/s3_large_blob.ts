/**
 * Writes a blob of so many MiB into an object store and reads it back, in a process without any
 * right but the network. A test runs it with the place as JSON and the size, and looks at its
 * memory when it says "done", before it lets it end.
 * @module
 */
import { createHash } from "node:crypto";
import { openS3Blobs } from "../../server/blobs/s3.ts";

const [place, mebibytes] = Deno.args;
const store = openS3Blobs(JSON.parse(place!));
const [written, read] = [createHash("sha256"), createHash("sha256")];
const writer = await store.create("large/blob");
const chunk = crypto.getRandomValues(new Uint8Array(64 * 1024));
for (let n = 0; n < Number(mebibytes) * 16; n++) {
  new DataView(chunk.buffer).setUint32(0, n);
  written.update(chunk);
  await writer.write(chunk);
}
await writer.commit();
for await (const bytes of await store.open("large/blob")) read.update(bytes);
console.log(written.digest("hex") === read.digest("hex") ? "done" : "damaged");
await Deno.stdin.read(new Uint8Array(1));
