import { parseEnvironment } from "../../lib/config/environment.ts";
import { ALLOCATOR, programArguments } from "../../server/launch.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { scannerElements } from "./ct_header.ts";
import { ctImage } from "./ct_image.ts";
import { loadOnce } from "./wrk.ts";
import { freePort } from "../support/orthanc.ts";
const STUDY = "1.2.826.0.1.3680043.10.1.77";
const data = await Deno.makeTempDir();
const env: Record<string, string> = { GANTRY_DATA: data, GANTRY_PORT: String(freePort()) };
const { settings } = parseEnvironment((n) => env[n]);
const args = programArguments("server", settings);
const server = new Deno.Command(Deno.execPath(), {
  args,
  env: { ...env, ...ALLOCATOR },
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const lines = server.stdout.getReader();
await lines.read();
const base = `http://127.0.0.1:${env.GANTRY_PORT}`;
const N = 1400;
for (let i = 0; i < N; i++) {
  const file = ctInstance({
    studyInstanceUID: STUDY,
    seriesInstanceUID: `${STUDY}.1`,
    sopInstanceUID: `${STUDY}.1.${i + 1}`,
    instanceNumber: i + 1,
    rows: 512,
    columns: 512,
    pixels: [ctImage(i % 20)],
    elements: scannerElements(i + 1),
  });
  const r = await fetch(`${base}/dicomweb/studies`, {
    method: "POST",
    headers: { "Content-Type": 'multipart/related; type="application/dicom"; boundary=edge' },
    body: new Blob([
      "--edge\r\nContent-Type: application/dicom\r\n\r\n",
      file as BlobPart,
      "\r\n--edge--\r\n",
    ]),
  });
  await r.text();
}
const pathOf = (n: number) => `/studies/${STUDY}/series/${STUDY}.1/instances/${STUDY}.1.${n + 1}`;
async function threads(pid: number) {
  const out: Record<string, number> = {};
  for await (const t of Deno.readDir(`/proc/${pid}/task`)) {
    const st = await Deno.readTextFile(`/proc/${pid}/task/${t.name}/stat`);
    const name = st.slice(st.indexOf("(") + 1, st.lastIndexOf(")")).replace(/tokio.*/, "tokio");
    const f = st.slice(st.lastIndexOf(")") + 2).split(" ");
    out[name + "_u"] = (out[name + "_u"] ?? 0) + Number(f[11]);
    out[name + "_s"] = (out[name + "_s"] ?? 0) + Number(f[12]);
  }
  return out;
}
const CONN = Number(Deno.args[0] ?? 4);
for (let b = 0; b < N; b += 200) {
  const t0 = await threads(server.pid);
  const l = await loadOnce(
    base,
    Array.from({ length: 200 }, (_, i) => `/dicomweb${pathOf(b + i)}/rendered`),
    "image/jpeg",
    CONN,
  );
  const t1 = await threads(server.pid);
  console.log(
    (l.requests / l.seconds).toFixed(0) + "/s",
    l.errors,
    JSON.stringify(
      Object.fromEntries(
        Object.entries(t1).map(([k, v]) => [k, +((v - (t0[k] ?? 0)) * 10 / l.requests).toFixed(2)])
          .filter(([, v]) => (v as number) > 0.04),
      ),
    ),
  );
}
server.kill("SIGTERM");
await lines.cancel();
await server.status;
await Deno.remove(data, { recursive: true });
