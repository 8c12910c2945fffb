import { assert, assertEquals } from "@std/assert";
import { createHttp } from "../../../server/cli/conform/http.ts";
import { runChecks } from "../../../server/cli/conform/run.ts";
import { withHttp } from "../../support/http_server.ts";

/** Answers with a body of a media type to whatever is asked. */
function always(body: string | Uint8Array<ArrayBuffer>, type: string, status = 200) {
  return () => new Response(body, { status, headers: { "Content-Type": type } });
}

const JSON_TYPE = "application/dicom+json";
const attribute = (value: unknown) => JSON.stringify([{ "0020000D": value, "7FE00010": value }]);
const part = (head: string, body: string) => `--b\r\n${head}\r\n\r\n${body}\r\n--b--\r\n`;

/** What a server may say to everything. */
const ANSWERS: Readonly<Record<string, () => Response>> = {
  "an empty list": always("[]", JSON_TYPE),
  "a list of lists": always("[[[]]]", JSON_TYPE),
  "an attribute that is none": always(attribute(7), JSON_TYPE),
  "a value that is none": always(attribute({ vr: "UI", Value: [{ a: 1 }, null] }), JSON_TYPE),
  "items that are none": always(
    JSON.stringify([{ "00081199": { vr: "SQ", Value: [1] }, "00081198": { vr: "SQ", Value: {} } }]),
    JSON_TYPE,
  ),
  "a URI that is none": always(attribute({ vr: "OW", BulkDataURI: "http://[" }), JSON_TYPE),
  "deep JSON": always("[".repeat(100_000), JSON_TYPE),
  "half of a JSON": always('[{"0020', JSON_TYPE),
  "parts without an end": always(
    "--b\r\nContent-Type: a/b\r\n\r\n",
    "multipart/related; boundary=b",
  ),
  "parts of no DICOM": always(
    part("Content-Type: application/dicom", "DICM".repeat(100)),
    'multipart/related; type="application/dicom"; boundary=b',
  ),
  "parts of no XML": always(
    part("Content-Type: application/dicom+xml", "<!DOCTYPE a><a>&b;</a>"),
    'multipart/related; type="application/dicom+xml"; boundary=b',
  ),
  "no boundary": always("", "multipart/related"),
  "half of a JPEG": always(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0), "image/jpeg"),
  "a JPEG of nothing but marks": always(new Uint8Array(1000).fill(0xff), "image/jpeg"),
  "no media type": () => new Response(new Uint8Array(10)),
  "no content": () => new Response(null, { status: 204 }),
  "a failure": always("no", "text/plain", 500),
  "a redirect to itself": () => new Response(null, { status: 302, headers: { Location: "" } }),
};

Deno.test("conform: no answer, however wrong, ends the checks or passes for right", async () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    await withHttp(answer, async (base) => {
      const http = createHttp({ base, token: undefined });
      const run = () => runChecks({ http, study: undefined, wado: undefined, settleWithin: 0 });
      if (name === "a redirect to itself") {
        // Already the first question has no answer.
        const error: unknown = await run().then(() => undefined, (error) => error);
        assert(error instanceof Error && error.name === "AnswerError", String(error));
        return;
      }
      const { results } = await run();
      const passed = results.filter(({ level, outcome }) =>
        level === "required" && outcome.kind === "pass"
      );
      // Of a server that says the same to everything some things hold.
      assert(passed.length < 20, `${name}: ${passed.map(({ id }) => id)}`);
      assertEquals(results.some(({ outcome }) => outcome.kind === "fail"), true, name);
    });
  }
});
