import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../bridge/gateway/gateway.ts";
import { createHttp, gatewayError } from "../../../bridge/gateway/http.ts";
import { withHttp } from "../../support/http_server.ts";

Deno.test("createHttp: asks below its root, with its token", async () => {
  const seen: (string | null)[] = [];
  await withHttp((request) => {
    const url = new URL(request.url);
    seen.push(url.pathname + url.search, request.headers.get("Authorization"));
    return new Response("[]");
  }, async (base) => {
    const http = createHttp({ base: `${base}/aets/A/rs/`, token: "secret" });
    const parameters = new URLSearchParams({ PatientName: "A^*" });
    const response = await http.request("studies/1.2/series", { parameters });
    assertEquals(await response.text(), "[]");
  });
  assertEquals(seen, ["/aets/A/rs/studies/1.2/series?PatientName=A%5E*", "Bearer secret"]);
});

Deno.test("createHttp: follows no redirect", async () => {
  await withHttp(() => Response.redirect("http://127.0.0.1:9/elsewhere"), async (base) => {
    const error = await assertRejects(
      () => createHttp({ base }).request("studies"),
      GatewayError,
    );
    assertEquals([error.kind, error.status], ["refused", 302]);
  });
});

Deno.test("createHttp: says that it passes when nobody listens or nobody answers", async () => {
  const base = await withHttp(() => new Response(), (base) => Promise.resolve(base));
  const error = await assertRejects(() => createHttp({ base }).request("studies"), GatewayError);
  assertEquals([error.kind, error.status], ["passing", undefined]);
  const hanging = Promise.withResolvers<Response>();
  await withHttp(() => hanging.promise, async (base) => {
    const error = await assertRejects(
      () => createHttp({ base }).request("studies", { answerWithin: 20 }),
      GatewayError,
    );
    assertEquals(error.kind, "passing");
    hanging.resolve(new Response());
  });
});

Deno.test("createHttp: passes on why its caller aborted", async () => {
  const hanging = Promise.withResolvers<Response>();
  await withHttp(() => hanging.promise, async (base) => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => createHttp({ base }).request("studies", { signal }), Error, "enough");
    hanging.resolve(new Response());
  });
});

Deno.test("gatewayError: tells what passes, what stays, and what an operator has to do", async () => {
  const cases = [
    [400, "refused"],
    [401, "denied"],
    [403, "denied"],
    [404, "refused"],
    [408, "passing"],
    [409, "refused"],
    [429, "passing"],
    [500, "passing"],
    [501, "refused"],
    [503, "passing"],
  ] as const;
  for (const [status, kind] of cases) {
    const error = await gatewayError(new Response("why", { status }));
    assertEquals([error.kind, error.status], [kind, status]);
  }
});

Deno.test("gatewayError: reads Retry-After in seconds and as a date", async () => {
  const after = async (value: string) =>
    (await gatewayError(new Response("", { status: 503, headers: { "Retry-After": value } })))
      .retryAfter;
  assertEquals(await after("7"), 7000);
  assertEquals(await after("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
  assertEquals(await after("soon"), undefined);
});
