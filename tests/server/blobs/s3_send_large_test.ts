import { assert, assertEquals, assertRejects } from "@std/assert";
import { sendLarge } from "../../../server/blobs/s3_send_large.ts";
import { pattern } from "../../support/blob_bytes.ts";

const BODY = pattern(3_000_000);

/** Runs `use` with the URL of a server. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (url: URL) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  await use(new URL(`http://127.0.0.1:${server.addr.port}/bucket/key?partNumber=1`));
}

const request = (signal = new AbortController().signal) => ({
  method: "PUT",
  headers: new Headers({ "x-amz-content-sha256": "abc" }),
  body: BODY,
  signal,
});

Deno.test("sendLarge: sends a body with its length, and gives the answer", async () => {
  let seen: unknown;
  await withServer(async (asked) => {
    const { method, url, headers } = asked;
    const { pathname, search } = new URL(url);
    const sent = await asked.bytes();
    seen = [method, pathname + search, headers.get("content-length")];
    assertEquals(headers.get("x-amz-content-sha256"), "abc");
    assertEquals(sent, BODY);
    return new Response(pattern(70_000), { status: 201, headers: { etag: '"1"' } });
  }, async (url) => {
    const answer = await sendLarge(url, request());
    assertEquals([answer.status, answer.headers.get("etag")], [201, '"1"']);
    assertEquals(await answer.bytes(), pattern(70_000));
    assertEquals(seen, ["PUT", "/bucket/key?partNumber=1", `${BODY.length}`]);
  });
});

Deno.test("sendLarge: gives an answer that comes before the body is taken", async () => {
  await withServer(() => new Response("denied", { status: 403 }), async (url) => {
    const answer = await sendLarge(url, request());
    assertEquals([answer.status, await answer.text()], [403, "denied"]);
  });
});

Deno.test("sendLarge: ends where the other side does, and where it is told to", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`http://127.0.0.1:${listener.addr.port}/`);
  const closed = assertRejects(() => sendLarge(url, request()));
  (await listener.accept()).close();
  await closed;

  const controller = new AbortController();
  const reason = new Error("told to");
  const told = assertRejects(() => sendLarge(url, request(controller.signal)));
  using connection = await listener.accept();
  controller.abort(reason);
  assert(await told === reason);
  // All that was sent is read, and then there is no more.
  const bytes = new Uint8Array(65_536);
  while (await connection.read(bytes).catch(() => null) !== null);
  assert(await assertRejects(() => sendLarge(url, request(controller.signal))) === reason);

  listener.close();
  await assertRejects(() => sendLarge(url, request()));
});
