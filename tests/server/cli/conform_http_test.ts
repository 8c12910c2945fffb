import { assertEquals, assertRejects } from "@std/assert";
import {
  AnswerError,
  createHttp,
  type Http,
  MAX_SILENCE,
} from "../../../server/cli/conform/http.ts";
import { withHttp } from "../../support/http_server.ts";

/** Bytes that never end, each chunk pulled by the reader. */
function endless(): Response {
  return new Response(
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) }),
  );
}

async function failing(http: Http, target = "/studies"): Promise<AnswerError["kind"]> {
  return (await assertRejects(() => http.send(target), AnswerError)).kind;
}

Deno.test("conform http: an endless answer is given up at its limit", async () => {
  await withHttp(endless, async (base) => {
    const http = createHttp({ base, token: undefined, maxAnswerBytes: 1024 * 1024 });
    assertEquals(await failing(http), "large");
  });
});

Deno.test("conform http: a compressed answer counts by what it becomes", async () => {
  const gzipped = new Blob([new Uint8Array(8 * 1024 * 1024)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(gzipped).arrayBuffer());
  const answer = () => new Response(bytes, { headers: { "Content-Encoding": "gzip" } });
  await withHttp(answer, async (base) => {
    const http = createHttp({ base, token: undefined, maxAnswerBytes: 1024 * 1024 });
    assertEquals(await failing(http), "large");
  });
});

Deno.test("conform http: an answer that is not complete in time is late, and silence ends the asking", async () => {
  let asked = 0;
  const never = Promise.withResolvers<Response>();
  await withHttp(
    () => {
      asked++;
      return never.promise;
    },
    async (base) => {
      const http = createHttp({ base, token: undefined, answerWithin: 50 });
      for (let i = 0; i < MAX_SILENCE; i++) assertEquals(await failing(http), "late");
      assertEquals(await failing(http), "given up");
      assertEquals(asked, MAX_SILENCE);
      never.resolve(new Response());
    },
  );
});

Deno.test("conform http: an answer shorter than it says breaks off", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const serving = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    await connection.write(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[]"),
    );
  })();
  const http = createHttp({ base: `http://127.0.0.1:${port}`, token: undefined });
  assertEquals(await failing(http), "broken off");
  await serving;
  listener.close();
});

Deno.test("conform http: nobody listens", async () => {
  const http = createHttp({ base: "http://127.0.0.1:1", token: undefined });
  assertEquals(await failing(http), "no connection");
});

Deno.test("conform http: a redirect is followed within the server, with its key, and nowhere else", async () => {
  const seen: (string | null)[] = [];
  const elsewhere = (request: Request) => {
    seen.push(request.headers.get("authorization"));
    return new Response();
  };
  await withHttp(elsewhere, (other) =>
    withHttp((request) => {
      const { pathname } = new URL(request.url);
      switch (pathname) {
        case "/rs/studies":
          return Response.redirect(new URL("/rs/there", request.url), 302);
        case "/rs/there":
          return new Response(request.headers.get("authorization"));
        case "/rs/round":
          return Response.redirect(request.url, 302);
        default:
          return Response.redirect(other, 302);
      }
    }, async (base) => {
      const http = createHttp({ base: `${base}/rs/`, token: "secret" });
      const answer = await http.send("/studies");
      assertEquals(new TextDecoder().decode(answer.body), "Bearer secret");
      assertEquals(answer.url, `${base}/rs/there`);
      assertEquals(await failing(http, "/round"), "elsewhere");
      assertEquals(await failing(http, "/away"), "elsewhere");
      assertEquals(http.own(other, answer), undefined);
      assertEquals(http.own("studies/1", answer), `${base}/rs/studies/1`);
    }));
  assertEquals(seen, []);
});

Deno.test("conform http: values are encoded where they have to be, commas stand between values", async () => {
  await withHttp(({ url }) => new Response(url), async (base) => {
    const http = createHttp({ base, token: undefined });
    const query = { PatientName: "A^B*?", list: "1.2,1.3", accept: 'a/b; type="c+d"' };
    const { body } = await http.send("/studies", { query });
    assertEquals(
      new TextDecoder().decode(body).slice(base.length),
      "/studies?PatientName=A%5EB*?&list=1.2,1.3&accept=a/b;%20type%3D%22c%2Bd%22",
    );
  });
});
