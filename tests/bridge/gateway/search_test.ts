import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../bridge/gateway/gateway.ts";
import { createHttp } from "../../../bridge/gateway/http.ts";
import { createSearch, PAGE_MATCHES } from "../../../bridge/gateway/search.ts";
import { text } from "../../../lib/dicom/values.ts";
import type { QidoSearch } from "../../../lib/query/qido_search.ts";
import { withHttp } from "../../support/http_server.ts";

const STUDY_INSTANCE_UID = 0x0020000D;

const page = (first: number, count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, index) => ({
    "0020000D": { vr: "UI", Value: [`1.${first + index}`] },
  })));

/** Every match's Study Instance UID, the queries that were sent, and the warnings. */
async function run(
  answer: (parameters: URLSearchParams, path: string) => Response,
  search: Partial<QidoSearch> = {},
): Promise<{ uids: (string | undefined)[]; queries: string[]; warnings: string[] }> {
  const queries: string[] = [];
  const warnings: string[] = [];
  const uids = await withHttp((request) => {
    const { searchParams, pathname } = new URL(request.url);
    queries.push(searchParams.toString());
    return answer(searchParams, pathname);
  }, async (base) => {
    const all = createSearch(createHttp({ base }))(
      { path: "studies", parameters: new URLSearchParams(), ...search },
      undefined,
      (warning) => warnings.push(warning),
    );
    return (await Array.fromAsync(all)).map((match) => text(match, STUDY_INSTANCE_UID));
  });
  return { uids, queries, warnings };
}

Deno.test("createSearch: follows the server's cursor to the last page", async () => {
  const { uids, queries } = await run((parameters) => {
    const last = parameters.get("after") === "x";
    const headers = last ? undefined : { Link: `<?limit=2&after=x>; rel="next"` };
    return new Response(page(last ? 2 : 0, 2), headers && { headers });
  });
  assertEquals(uids, ["1.0", "1.1", "1.2", "1.3"]);
  assertEquals(queries, [`limit=${PAGE_MATCHES}`, "limit=2&after=x"]);
});

Deno.test("createSearch: ends with the last page of a cursor, full or not, and goes on after an empty one", async () => {
  const { uids, queries } = await run((parameters) => {
    const pages = [0, 0, PAGE_MATCHES];
    const number = Number(parameters.get("after") ?? 0);
    const headers = { Link: `<?after=${number + 1}>; rel="next"` };
    return new Response(page(0, pages[number]!), number < 2 ? { headers } : {});
  });
  assertEquals([uids.length, queries.length], [PAGE_MATCHES, 3]);
});

Deno.test("createSearch: goes on by number where the server has no cursor", async () => {
  const { uids, queries } = await run((parameters) => {
    const offset = Number(parameters.get("offset") ?? 0);
    return new Response(page(offset, offset === 0 ? PAGE_MATCHES : 3));
  });
  assertEquals(uids.length, PAGE_MATCHES + 3);
  assertEquals(queries[1], `limit=${PAGE_MATCHES}&offset=${PAGE_MATCHES}`);
});

Deno.test("createSearch: goes on where the server gives less than asked for and says so", async () => {
  const headers = { Warning: '299 host "There are 1 additional results that can be requested"' };
  const { uids } = await run((parameters) =>
    parameters.has("offset") ? new Response(page(2, 1)) : new Response(page(0, 2), { headers })
  );
  assertEquals(uids, ["1.0", "1.1", "1.2"]);
});

Deno.test("createSearch: fails with a server that always gives its first page", async () => {
  const first = () => new Response(page(0, PAGE_MATCHES));
  const error = await assertRejects(() => run(first), GatewayError);
  assertEquals(error.kind, "refused");
});

Deno.test("createSearch: tells of warnings", async () => {
  const headers = { Warning: '299 a "The parameter \\"X\\" is ignored", 299 b "so is Y"' };
  const { warnings } = await run(() => new Response("[]", { headers }));
  assertEquals(warnings, ['The parameter "X" is ignored', "so is Y"]);
});

Deno.test("createSearch: has nothing of a study that is not there, but misses the archive", async () => {
  assertEquals((await run(() => new Response(null, { status: 204 }))).uids, []);
  const path = "studies/1.2/series";
  for (const status of [404, 410]) {
    const gone = (_: URLSearchParams, asked: string) =>
      asked === `/${path}` ? new Response("", { status }) : new Response("[]");
    assertEquals((await run(gone, { path })).uids, []);
  }
  const nowhere = () => new Response("", { status: 404 });
  for (const each of ["studies", path]) {
    const error = await assertRejects(() => run(nowhere, { path: each }), GatewayError);
    assertEquals([error.kind, error.status], ["refused", 404]);
  }
});

Deno.test("createSearch: refuses what is no DICOM JSON", async () => {
  for (const body of ["<html>", "{}", "[1]", '[{"0020000D":{"vr":"XX"}}]']) {
    const error = await assertRejects(() => run(() => new Response(body)), GatewayError);
    assertEquals(error.kind, "refused");
  }
});

Deno.test("createSearch: says that it passes when an answer breaks off", async () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("["));
        },
        pull(controller) {
          controller.error(new Error("broken"));
        },
      }),
    );
  const error = await assertRejects(() => run(broken), GatewayError);
  assertEquals(error.kind, "passing");
});

Deno.test("createSearch: stops in the middle of a page", async () => {
  await withHttp(() => new Response(page(0, PAGE_MATCHES)), async (base) => {
    const parameters = new URLSearchParams();
    for await (const _ of createSearch(createHttp({ base }))({ path: "studies", parameters })) {
      break;
    }
  });
});
