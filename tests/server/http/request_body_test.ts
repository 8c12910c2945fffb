import { assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { requestBody } from "../../../server/http/request_body.ts";

/** A request body of bytes that count up, in chunks of a size; it fails at its end where told to. */
function counting(length: number, chunk: number, end: "close" | "fail" = "close") {
  let sent = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (sent === length) {
        return end === "close" ? controller.close() : controller.error(new Error("cut off"));
      }
      const size = Math.min(chunk, length - sent);
      const start = sent;
      controller.enqueue(Uint8Array.from({ length: size }, (_, n) => (start + n) % 251));
      sent += size;
    },
  });
}

/** Sends a body to a real server and answers what the handler makes of it. */
async function served(
  body: BodyInit,
  handle: (body: AsyncIterable<Uint8Array>) => Promise<string>,
): Promise<string> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const chunks = requestBody(request);
    return new Response(chunks === undefined ? "none" : await handle(chunks));
  });
  try {
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/`, { method: "POST", body });
    return await response.text();
  } finally {
    await server.shutdown();
  }
}

async function check(body: AsyncIterable<Uint8Array>): Promise<string> {
  let length = 0;
  for await (const chunk of body) {
    for (const byte of chunk) if (byte !== length++ % 251) return `wrong at ${length - 1}`;
  }
  return String(length);
}

Deno.test("requestBody: gives every byte once, chunked or not, whatever the chunks", async () => {
  for (const chunk of [1, 4095, 4096, 4097, 65_536, 200_000]) {
    const length = Math.min(chunk * 1000, 1_000_003);
    assertEquals(await served(counting(length, chunk), check), String(length));
  }
  const whole = await new Response(counting(300_000, 300_000)).bytes();
  assertEquals(await served(whole, check), "300000");
  assertEquals(await check(requestBody(chunkedRequest(counting(100_000, 999)))!), "100000");
});

Deno.test("requestBody: gives what came before a failure", async () => {
  let length = 0;
  await assertRejects(
    async () => {
      for await (
        const chunk of requestBody(chunkedRequest(bytes(counting(12_000, 4096, "fail"))))!
      ) {
        length += chunk.length;
      }
    },
    Error,
    "cut off",
  );
  assertEquals(length, 12_000);
});

Deno.test("requestBody: lets the sender wait for a slow reader instead of holding its body", async () => {
  const size = 24 * 1024 * 1024;
  let sent = 0;
  let most = 0;
  const chunk = new Uint8Array(8192);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === size) return controller.close();
      controller.enqueue(chunk.slice());
      sent += chunk.length;
    },
  }, { highWaterMark: 0 });
  const answer = await served(body, async (chunks) => {
    let read = 0;
    let waited = 0;
    for await (const chunk of chunks) {
      read += chunk.length;
      if (read - waited < 512 * 1024) continue;
      waited = read;
      await new Promise((resolve) => setTimeout(resolve, 0));
      most = Math.max(most, sent - read);
    }
    return String(read);
  });
  assertEquals(answer, String(size));
  assertGreater(most, 0);
  // What the sockets of both sides hold.
  assertLess(most, 16 * 1024 * 1024);
});

Deno.test("requestBody: is undefined where there is none", () => {
  assertEquals(requestBody(new Request("http://gantry.test/", { method: "POST" })), undefined);
});

function chunkedRequest(body: ReadableStream<Uint8Array<ArrayBuffer>>): Request {
  return new Request("http://gantry.test/", { method: "POST", body });
}

/** The same as a stream of bytes, which is what a server gets. */
function bytes(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}
