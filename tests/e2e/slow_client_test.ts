import { assert, assertEquals, assertLess } from "@std/assert";
import { multipart } from "../support/archive.ts";
import { fileOf, largeInstance, sizeOf } from "../support/large_instance.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { largestMemoryOf } from "../support/process_memory.ts";
import { connect, exchangeRaw, readStatus, send } from "../support/raw_http.ts";
import { storageOf } from "../support/storage.ts";
import { tcpSockets } from "../support/tcp_table.ts";
import { type Attacked, statusOf, UIDS, withAttacked } from "../support/unharmed.ts";

const SECOND = 1000;

function* instances(count: number): Generator<Uint8Array> {
  for (let n = 0; n < count; n++) {
    yield ctInstance({ sopInstanceUID: `1.2.9.${n}`, rows: 400, columns: 400 });
  }
}

/** A store request as it goes over the wire. */
function storeRequest(count: number): Uint8Array {
  const { headers, body } = multipart([...instances(count)].map((body) => ({ body })));
  const head = "POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n" +
    `Content-Type: ${headers["Content-Type"]}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const request = new Uint8Array(head.length + body.length);
  request.set(new TextEncoder().encode(head));
  request.set(body, head.length);
  return request;
}

/** One chunk a second, so many times. */
async function slowly(times: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) {
    await act();
    await new Promise((resolve) => setTimeout(resolve, SECOND));
  }
}

/** Blobs that the server is reading: files that it has open, or answers that wait to be read on. */
async function openBlobs({ instances, data }: Attacked): Promise<number> {
  const endpoint = (await storageOf(data)).AWS_ENDPOINT_URL_S3;
  if (endpoint !== undefined) {
    const port = Number(new URL(endpoint).port);
    return tcpSockets().filter((socket) => socket.remotePort === port && socket.waiting > 0).length;
  }
  const [{ pid }] = instances;
  const { stdout } = await new Deno.Command("ls", { args: ["-l", `/proc/${pid}/fd`] }).output();
  return new TextDecoder().decode(stdout).split(`${data}/blobs`).length - 1;
}

Deno.test("server: keeps the parts that were complete when a client breaks off", () =>
  withAttacked(async (server) => {
    const request = storeRequest(3);
    {
      using connection = await connect(server.url);
      await send(connection, request.subarray(0, request.length - 1000));
    }
    server.expectStored(2);
    await server.assertUnharmed("broken off in the third part");
    assertEquals(await exchangeRaw(server.url, request), 200);
    server.expectStored(1);
  }));

Deno.test("server: serves others while clients stop in the middle of what they send", () =>
  withAttacked(async (server) => {
    const request = storeRequest(1);
    const ends = [1, 20, 60, 150, 500, 5000, 200_000, request.length - 1];
    const connections = await Promise.all(
      ends.flatMap((end) =>
        Array.from({ length: 25 }, async () => {
          const connection = await connect(server.url);
          await send(connection, request.subarray(0, end));
          return connection;
        })
      ),
    );
    for (let i = 0; i < 20; i++) {
      assertEquals(await statusOf(fetch(`${server.dicomweb}/studies`)), 200);
    }
    assertEquals(await exchangeRaw(server.url, request), 200);
    for (const connection of connections) connection.close();
    server.expectStored(1);
    await server.assertUnharmed("clients that stopped");
    assertEquals(await openBlobs(server), 0);
    assertLess((await largestMemoryOf(server.instances)).peak, 300e6);
  }));

Deno.test("server: stores what comes one byte a second, and serves others meanwhile", () =>
  withAttacked(async (server) => {
    const request = storeRequest(1);
    using connection = await connect(server.url);
    // In the head, in the head of the part, in its body.
    let sent = 0;
    for (const upTo of [10, 250, 1000, request.length - 3]) {
      await send(connection, request.subarray(sent, upTo));
      await slowly(1, () => send(connection, request.subarray(upTo, upTo + 1)));
      sent = upTo + 1;
      assertEquals(await statusOf(fetch(`${server.dicomweb}/studies`)), 200);
    }
    await send(connection, request.subarray(sent));
    assertEquals(await readStatus(connection), 200);
    server.expectStored(1);
  }));

Deno.test("server: holds nothing for clients that read one byte a second", () =>
  withAttacked(async (server) => {
    const frames = 200;
    const instance = largeInstance("1.2.9", frames);
    const stored = fetch(`${server.dicomweb}/studies`, {
      method: "POST",
      headers: { "content-type": "application/dicom" },
      body: ReadableStream.from(fileOf(instance)),
    });
    assertEquals(await statusOf(stored), 200);
    server.expectStored(1);
    const before = (await largestMemoryOf(server.instances)).resident;

    const path = `/dicomweb/studies/${UIDS.study}/series/${UIDS.series}/instances/1.2.9`;
    const accepts = [
      "application/dicom; transfer-syntax=*",
      'multipart/related; type="application/dicom"; transfer-syntax=*',
    ];
    const connections = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      const connection = await connect(server.url);
      const accept = accepts[n % accepts.length];
      await send(
        connection,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`,
      );
      assertEquals(await readStatus(connection), 200);
      return connection;
    }));
    const one = new Uint8Array(1);
    await slowly(3, () => Promise.all(connections.map((connection) => connection.read(one))));
    // If it held what these are to get, that would be 2 GB.
    const held = (await largestMemoryOf(server.instances)).resident - before;
    const open = await openBlobs(server);

    for (const connection of connections) connection.close();
    assert(open >= connections.length, `${open} are read`);
    assertLess(held, sizeOf(instance), `${held} bytes`);
    await server.assertUnharmed("slow readers");
    const deadline = performance.now() + 5 * SECOND;
    while (await openBlobs(server) > 0) {
      assert(performance.now() < deadline, "files of readers that are gone stay open");
    }
  }));
