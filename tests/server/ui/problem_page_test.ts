/** What a person reads where a page is refused. @module */
import { assert, assertEquals } from "@std/assert";
import { withComposed } from "../../support/composed_server.ts";

const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

Deno.test("problem page: a person reads a sentence, a program gets problem details", async () => {
  await withComposed(async ({ fetch, keys }) => {
    await keys.create("first", ["read"]);
    const refused = await fetch("/?q=doe", { headers: BROWSER });
    assertEquals(refused.status, 401);
    assertEquals(refused.headers.get("cache-control"), "no-store");
    assertEquals(refused.headers.get("www-authenticate"), 'Bearer realm="gantry"');
    assert(refused.headers.get("content-security-policy")?.startsWith("default-src 'none'"));
    const page = await refused.text();
    assert(page.includes("This needs an API key") && page.includes("proxy"), page);
    const missing = await fetch("/viewer/app.js", { headers: BROWSER });
    assertEquals(missing.status, 404);
    assertEquals(missing.headers.get("content-type"), "text/html; charset=utf-8");
    assert((await missing.text()).includes("<h1>Not Found</h1>"));
    for (const headers of [{}, { Accept: "application/dicom+json" }, { Accept: "*/*" }]) {
      const answer = await fetch("/dicomweb/studies", { headers });
      assertEquals(answer.headers.get("content-type"), "application/problem+json");
      await answer.body?.cancel();
    }
    const sent = await fetch("/dicomweb/studies", { method: "POST", headers: BROWSER });
    assertEquals(sent.headers.get("content-type"), "application/problem+json");
    await sent.body?.cancel();
  });
});
