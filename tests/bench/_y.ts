import { startOrthanc } from "../support/orthanc.ts";
import { measureRendering } from "./rendering.ts";
const folder = await Deno.makeTempDir();
const o = await startOrthanc();
try {
  console.log(await measureRendering(folder, o));
} finally {
  await o.stop();
  await Deno.remove(folder, { recursive: true });
}
