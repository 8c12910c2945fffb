/**
 * The checks of conformance against Orthanc 1.10.1 with DICOMweb 1.7, as Debian 12 has them: what
 * it fails, so that the list of checks is known to be able to fail, and each failure to be true.
 */
import { assertEquals } from "@std/assert";
import { createHttp } from "../../server/cli/conform/http.ts";
import { makeSample } from "../../server/cli/conform/make_sample.ts";
import { runChecks } from "../../server/cli/conform/run.ts";
import { startOrthanc } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";

/** The version that the list below is of. */
const VERSION = "1.10.1";

/** Each with what Orthanc does that the clause has otherwise. */
const FAILED: Readonly<Record<string, string>> = {
  "capabilities.options": "OPTIONS is answered 404",
  "store.location": "neither Location nor Content-Location",
  "store.xml": "a sequence has an empty Value beside its Items, which PS3.19 A.1 excludes",
  "store.mismatch.reason": "409 without a payload",
  "store.partial": "409, though one instance is stored",
  "store.garbage.partial": "400, though one instance is stored",
  "store.empty": "200 for a request without a part",
  "store.metadata.json": "415",
  "store.metadata.xml": "415",
  "search.study-series.known": "no Request Attributes Sequence",
  "search.all-series.attributes": "no attributes of the study",
  "search.study-instances.attributes": "no Number of Series Related Instances",
  "search.all-instances.attributes": "no attributes of the study",
  "search.xml": "JSON",
  "search.weights": "JSON",
  "search.study.PatientName": "the ^ of a name is not decoded from %5E",
  "search.series.RequestAttributesSequence.ScheduledProcedureStepID": "the key is passed over",
  "search.series.RequestAttributesSequence.RequestedProcedureID": "the key is passed over",
  "search.all-series.keys": "Modalities in Study finds nothing there",
  "search.study-instances.keys": "keys in the Request Attributes Sequence are passed over",
  "search.all-instances.keys": "Modalities in Study finds nothing there",
  "search.percent-encoding": "values are not decoded",
  "search.range.datetime": "date and time are matched each by itself",
  "search.fuzzymatching": "the ^ of a name is not decoded from %5E",
  "search.emptyvaluematching": "neither done nor a Warning",
  "search.multiplevaluematching": "neither done nor a Warning",
  "search.includefield.level": "attributes of series and instances are returned of a study",
  "search.remaining": "no Warning",
  "search.none.204": "200",
  "search.wrong.date": "200",
  "search.wrong.offset": "500",
  "search.problem": "a payload without Content-Type",
  "retrieve.octets": "400",
  "retrieve.weights": "weights are passed over",
  "retrieve.accept-parameter": "400",
  "retrieve.content-location": "parts have none",
  "retrieve.not-acceptable": "400",
  "metadata.study.xml": "a sequence has an empty Value beside its Items",
  "metadata.series.xml": "a sequence has an empty Value beside its Items",
  "metadata.instance.xml": "a sequence has an empty Value beside its Items",
  "metadata.weights": "weights are passed over",
  "metadata.accept-parameter": "the parameter is passed over",
  "rendered.instance.gif": "400",
  "rendered.wrong.annotation": "200",
  "rendered.not-acceptable": "400",
  "uri.default": "image/png",
  "uri.no-request-type": "404",
  "uri.no-study": "200",
  "uri.no-series": "200",
  "uri.no-object": "404",
};

peerTest(
  "conform: Orthanc fails what it does otherwise than PS3.18, and nothing else",
  ["Orthanc"],
  async () => {
    const orthanc = await startOrthanc();
    try {
      const http = createHttp({ base: orthanc.base, token: undefined });
      const { results, left } = await runChecks({ http, study: undefined, wado: undefined });
      // It has no DELETE below its DICOMweb root.
      assertEquals(left.length, 3);
      const failed = results.filter(({ outcome }) => outcome.kind === "fail").map(({ id }) => id);
      if (orthanc.version === VERSION) assertEquals(failed.sort(), Object.keys(FAILED).sort());
      const passed = results.filter(({ outcome }) => outcome.kind === "pass");
      const required = passed.filter(({ level }) => level === "required");
      assertEquals([passed.length > 90, required.length > 90], [true, true]);
    } finally {
      await orthanc.stop();
    }
  },
);

peerTest("conform: what it stores are sound objects to dciodvfy", ["dciodvfy"], async () => {
  const folder = await Deno.makeTempDir();
  try {
    const instances = makeSample().studies.flatMap((study) => study.instances);
    for (const [index, { file }] of instances.entries()) {
      const path = `${folder}/${index}.dcm`;
      await Deno.writeFile(path, file!);
      const { stdout, stderr } = await new Deno.Command("dciodvfy", { args: [path] }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(said.match(/^Error.*$/gm) ?? [], []);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
