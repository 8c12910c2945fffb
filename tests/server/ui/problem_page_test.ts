/** What a person reads where a page is refused. @module */
import { assert, assertEquals } from "@std/assert";
import { withComposed } from "../../support/composed_server.ts";

const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

Deno.test("problem page: a person reads a sentence, a program gets problem details", async () => {
  await withComposed(async ({ fetch, keys }) => {
    await keys.create("first", ["read"]);
    // What needs a key leads to where it is given, and from there back.
    const ways = [
      ["/", "./login"],
      ["/?q=doe&sort=name", "./login?next=%3Fq%3Ddoe%26sort%3Dname"],
      ["/api", "./login?next=api"],
      ["/dicomweb/studies/1.2/rendered", "../../../login?next=dicomweb%2Fstudies%2F1.2%2Frendered"],
      [`/?q=${"x".repeat(5000)}`, "./login"],
    ] as const;
    for (const [path, location] of ways) {
      const refused = await fetch(path, { headers: BROWSER });
      assertEquals([refused.status, refused.headers.get("location")], [303, location]);
      assertEquals(refused.headers.get("cache-control"), "no-store");
    }
    const missing = await fetch("/viewer/app.js", { headers: BROWSER });
    assertEquals(missing.status, 404);
    assertEquals(missing.headers.get("content-type"), "text/html; charset=utf-8");
    assert(missing.headers.get("content-security-policy")?.startsWith("default-src 'none'"));
    const page = await missing.text();
    assert(page.includes("<h1>Not Found</h1>"));
    assert(page.includes('href="../ui/') && page.includes('href="../api"'), page);
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
