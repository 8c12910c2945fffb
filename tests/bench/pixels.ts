/**
 * `deno task bench --pixels`: rendering beside Orthanc's, and the codecs beside DCMTK's and GDCM's.
 * @module
 */
import { startOrthanc } from "../support/orthanc.ts";
import { measureCodecs } from "./codec_speed.ts";
import { measureRendering } from "./rendering.ts";

/** Runs all of it and prints Markdown tables. */
export async function benchPixels(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-bench-" });
  try {
    const orthanc = await startOrthanc();
    const { first, again, searchP95, eventLoop } = await measureRendering(folder, orthanc)
      .finally(() => orthanc.stop());
    console.log(`| rendered JPEG of 512 × 512 CT | Gantry | Orthanc ${orthanc.version} | ratio |`);
    console.log("|---|---|---|---|");
    for (const [what, { own, peer }] of [["first time", first], ["again", again]] as const) {
      const ratio = (own / peer).toFixed(1);
      console.log(`| ${what} | ${Math.round(own)} /s | ${Math.round(peer)} /s | **${ratio}** |`);
    }
    console.log(
      `\nUnder a full load of rendering: QIDO p95 ${searchP95.toFixed(1)} ms; ` +
        `the event loop is late by ${eventLoop}\n`,
    );
    console.log("| 512 × 512 × 16, frames a second on one core | Gantry | native | ratio | tool |");
    console.log("|---|---|---|---|---|");
    for await (const { what, own, peer, tool } of measureCodecs(folder)) {
      const native = Number.isNaN(peer) ? "" : Math.round(peer);
      const ratio = Number.isNaN(peer) ? "" : `**${(own / peer).toFixed(2)}**`;
      console.log(`| ${what} | ${Math.round(own)} | ${native} | ${ratio} | ${tool} |`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
