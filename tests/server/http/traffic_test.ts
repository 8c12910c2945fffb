/** Bytes of answers, counted as they are taken. @module */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { counted, lengthOf, passing, sentOf, trafficOf } from "../../../server/http/traffic.ts";

const get = () => new Request("http://localhost/");

Deno.test("counted: counts what nobody counts and what says nothing of its length", async () => {
  const request = get();
  const response = counted(request, new Response("Döe", { status: 201, headers: { A: "b" } }));
  assertEquals([response.status, response.headers.get("a")], [201, "b"]);
  assertEquals(sentOf(request, response), 0);
  assertEquals(await response.text(), "Döe");
  assertEquals(sentOf(request, response), 4);
});

Deno.test("counted: leaves alone what has no body, is counted, or says its length", () => {
  const known = new Response("Döe", { headers: { "Content-Length": lengthOf("Döe") } });
  const request = get();
  assertStrictEquals(counted(request, known), known);
  assertEquals(sentOf(request, known), 4);
  const empty = new Response(null, { status: 304 });
  assertStrictEquals(counted(get(), empty), empty);
  assertEquals(sentOf(get(), empty), 0);
  const streaming = get();
  trafficOf(streaming).sent = 7;
  const streamed = new Response("not looked at");
  assertStrictEquals(counted(streaming, streamed), streamed);
  assertEquals(sentOf(streaming, streamed), 7);
  assertEquals(sentOf(new Request("http://localhost/", { method: "HEAD" }), known), 0);
});

Deno.test("passing: takes no chunk before it is asked for, and leaves when it is left", async () => {
  let made = 0;
  let left: unknown;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(++made));
    },
    cancel(reason) {
      left = reason;
    },
  }, { highWaterMark: 0 });
  let bytes = 0;
  const reader = passing(source, (more) => bytes += more).getReader();
  assertEquals([made, bytes], [0, 0]);
  await reader.read();
  await reader.read();
  assertEquals([made, bytes], [2, 3]);
  await reader.cancel("enough");
  assertEquals(left, "enough");
});
