import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError, type RetrievedInstance } from "../../../bridge/gateway/gateway.ts";
import { createHttp } from "../../../bridge/gateway/http.ts";
import { WHOLE_BYTES } from "../../../bridge/gateway/instance_files.ts";
import { createRetrieve, createRetrieveSeries } from "../../../bridge/gateway/retrieve.ts";
import { discard } from "../../../bridge/scu/instance_to_send.ts";
import { multipart } from "../../support/archive.ts";
import { withHttp } from "../../support/http_server.ts";
import {
  buildDataSet,
  concat,
  ctElements,
  ctInstance,
  type CtOptions,
  SYNTAX,
} from "../../support/part10_builder.ts";
import { withRetrieval } from "../../support/retrieval.ts";

const ADDRESS = {
  StudyInstanceUID: "1.2.826.0.1.3680043.10.1.1",
  SeriesInstanceUID: "1.2.826.0.1.3680043.10.1.2",
  SOPInstanceUID: "1.2.826.0.1.3680043.10.1.3",
};

/** What is retrieved from a server of this project that holds one CT image. */
async function retrieved(stored: CtOptions, asked: readonly string[]) {
  let found: { transferSyntaxUID: string; bytes: Uint8Array; streams: boolean } | undefined;
  await withRetrieval(async ({ store, get }) => {
    await store(ctInstance(stored));
    const answer = ({ url, headers }: Request) =>
      get(new URL(url).pathname, headers.get("Accept") ?? undefined);
    await withHttp(answer, async (base) => {
      const { transferSyntaxUID, dataSet } = await createRetrieve(createHttp({ base }))(
        ADDRESS,
        asked,
      );
      const streams = !(dataSet instanceof Uint8Array);
      const bytes = await bytesOf(dataSet);
      found = { transferSyntaxUID, bytes, streams };
    });
  });
  assert(found !== undefined);
  return found;
}

/** A data set, held or as a stream whose pieces are good until the next. */
async function bytesOf(dataSet: RetrievedInstance["dataSet"]): Promise<Uint8Array> {
  if (dataSet instanceof Uint8Array) return dataSet;
  const pieces: Uint8Array[] = [];
  for await (const piece of dataSet) pieces.push(piece.slice());
  return concat(pieces);
}

/** What comes of an answer. */
function answered(response: () => Response, asked: readonly string[] = ["*"]) {
  return withHttp(response, async (base) => {
    const { dataSet } = await createRetrieve(createHttp({ base }))(ADDRESS, asked);
    return await bytesOf(dataSet);
  });
}

Deno.test("retrieve: gives the data set as it is stored, in any of the syntaxes asked for", async () => {
  for (
    const transferSyntaxUID of [SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.rle, SYNTAX.deflated]
  ) {
    const expected = buildDataSet(ctElements({ transferSyntaxUID }), transferSyntaxUID);
    for (
      const asked of [["*"], ["1.2.3", transferSyntaxUID], [transferSyntaxUID, SYNTAX.explicit]]
    ) {
      const found = await retrieved({ transferSyntaxUID }, asked);
      assertEquals(found, { transferSyntaxUID, bytes: expected, streams: false });
    }
  }
});

Deno.test("retrieve: gives the data set in another syntax where that is what is asked for", async () => {
  const expected = buildDataSet(ctElements(), SYNTAX.explicit);
  const found = await retrieved({ transferSyntaxUID: SYNTAX.implicit }, [SYNTAX.explicit]);
  assertEquals(found.transferSyntaxUID, SYNTAX.explicit);
  assertEquals(found.bytes, expected);
});

Deno.test("retrieve: streams what is large", async () => {
  const large = { rows: 1024, columns: 1024, frames: 3 };
  const found = await retrieved(large, ["*"]);
  assert(found.bytes.length > WHOLE_BYTES && found.streams);
  assertEquals(found.bytes, buildDataSet(ctElements(large)));
});

Deno.test("retrieve: is refused in words where the server cannot give any of the syntaxes", async () => {
  const error = await assertRejects(
    () => retrieved({ transferSyntaxUID: SYNTAX.rle }, [SYNTAX.implicit]),
    GatewayError,
  );
  assertEquals(error.kind, "refused");
  assertEquals(error.status, 406);
  assertEquals(error.message, "The server cannot give it in a transfer syntax that is accepted");
});

Deno.test("retrieve: takes a single body from servers that know no other", async () => {
  const type = { "Content-Type": "application/dicom" };
  const file = ctInstance() as Uint8Array<ArrayBuffer>;
  assertEquals(
    await answered(() => new Response(file, { headers: type })),
    buildDataSet(ctElements()),
  );
});

Deno.test("retrieve: takes a data set without a head, which servers give as it was stored", async () => {
  const bare = buildDataSet(ctElements()) as Uint8Array<ArrayBuffer>;
  const type = { "Content-Type": `application/dicom; transfer-syntax=${SYNTAX.explicit}` };
  const answer = () => new Response(bare, { headers: type });
  assertEquals(await answered(answer, [SYNTAX.explicit]), bare);
});

Deno.test("retrieve: believes the answer where a file says another transfer syntax", async () => {
  const file = ctInstance({ transferSyntaxUID: SYNTAX.implicit }) as Uint8Array<ArrayBuffer>;
  const dataSet = buildDataSet(ctElements(), SYNTAX.implicit);
  const answer = (syntax: string) => () =>
    new Response(file, {
      headers: { "Content-Type": `application/dicom; transfer-syntax=${syntax}` },
    });
  assertEquals(await answered(answer(SYNTAX.explicit), [SYNTAX.explicit]), dataSet);
  assertEquals(await answered(answer('"*"'), [SYNTAX.implicit]), dataSet);
});

Deno.test("retrieve: takes only what it asked for", async () => {
  const answers = [
    () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    () => new Response("no file", { headers: { "Content-Type": "application/dicom" } }),
    () =>
      new Response(new Uint8Array(2 ** 21), { headers: { "Content-Type": "application/dicom" } }),
    () => new Response(null, { status: 404 }),
  ];
  for (const answer of answers) {
    const error = await assertRejects(() => answered(answer), GatewayError);
    assertEquals(error.kind, "refused");
  }
  const file = ctInstance() as Uint8Array<ArrayBuffer>;
  const dicom = () => new Response(file, { headers: { "Content-Type": "application/dicom" } });
  await assertRejects(() => answered(dicom, [SYNTAX.rle]), GatewayError, "not asked for");
});

Deno.test("retrieve: may work at another time where the server fails or breaks off", async () => {
  const cut = `--b\r\nContent-Type: application/dicom\r\n\r\n`;
  const type = { "Content-Type": 'multipart/related; type="application/dicom"; boundary=b' };
  const answers = [
    () => new Response(null, { status: 503 }),
    () => new Response(cut, { headers: type }),
  ];
  for (const answer of answers) {
    const error = await assertRejects(() => answered(answer), GatewayError);
    assertEquals(error.kind, "passing");
  }
});

Deno.test("retrieve: may work at another time where a server is stuck inside its answer", async () => {
  const { headers, body } = multipart([{ body: ctInstance() }]);
  const answers = [
    { headers, bytes: await new Response(body).bytes() },
    { headers: { "Content-Type": "application/dicom" }, bytes: ctInstance() },
  ];
  for (const { headers, bytes } of answers) {
    for (const length of [100, bytes.length - 100]) {
      const stuck = () =>
        new Response(
          new ReadableStream({ start: (to) => to.enqueue(bytes.slice(0, length)) }),
          { headers },
        );
      await withHttp(stuck, async (base) => {
        const retrieve = createRetrieve(createHttp({ base }), 50);
        const error = await assertRejects(() => retrieve(ADDRESS, ["*"]), GatewayError);
        assertEquals(error.kind, "passing");
      });
    }
  }
});

Deno.test("retrieve: ends when it is aborted", async () => {
  const type = { "Content-Type": "application/dicom" };
  const stop = new AbortController();
  const endless = new ReadableStream({ pull: () => stop.abort() });
  await withHttp(() => new Response(endless, { headers: type }), async (base) => {
    const retrieve = createRetrieve(createHttp({ base }));
    await assertRejects(() => retrieve(ADDRESS, ["*"], stop.signal), DOMException);
  });
});

/** Short enough for a difference to be shown. */
async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}

Deno.test("retrieveSeries: gives every instance as it is stored, large ones as streams", async () => {
  const { SOPInstanceUID: _, ...series } = ADDRESS;
  const stored = [
    { sopInstanceUID: "1.2.3.1", transferSyntaxUID: SYNTAX.rle },
    { sopInstanceUID: "1.2.3.2", rows: 1024, columns: 1024, frames: 3 },
    { sopInstanceUID: "1.2.3.3", transferSyntaxUID: SYNTAX.implicit },
  ];
  const found: (string | undefined)[][] = [];
  await withRetrieval(async ({ store, get }) => {
    await store(...stored.map(ctInstance));
    const answer = ({ url, headers }: Request) =>
      get(new URL(url).pathname, headers.get("Accept") ?? undefined);
    await withHttp(answer, async (base) => {
      for await (const each of createRetrieveSeries(createHttp({ base }))(series)) {
        const { SOPInstanceUID, transferSyntaxUID, dataSet } = each;
        const bytes = await bytesOf(dataSet);
        found.push([SOPInstanceUID, transferSyntaxUID, await sha256(bytes)]);
      }
    });
  });
  assertEquals(
    found.sort(),
    await Promise.all(stored.map(async (options) => {
      const { sopInstanceUID, transferSyntaxUID = SYNTAX.explicit } = options;
      const bytes = buildDataSet(ctElements(options), transferSyntaxUID);
      return [sopInstanceUID, transferSyntaxUID, await sha256(bytes)];
    })),
  );
});

Deno.test("retrieveSeries: goes on behind a stream that is returned unread", async () => {
  const large = ctInstance({ rows: 1024, columns: 1024, frames: 3 });
  const { headers, body } = multipart([{ body: large }, { body: ctInstance() }]);
  await withHttp(() => new Response(body, { headers }), async (base) => {
    const { SOPInstanceUID: _, ...series } = ADDRESS;
    const instances = createRetrieveSeries(createHttp({ base }))(series);
    const { value: first } = await instances.next();
    assert(first !== undefined && !(first.dataSet instanceof Uint8Array));
    await discard(first);
    const { value: second } = await instances.next();
    assert(second !== undefined);
    assertEquals(second.dataSet, buildDataSet(ctElements()));
    await instances.return();
  });
});

Deno.test("retrieveSeries: ends when it is aborted, though nobody reads on", async () => {
  const large = ctInstance({ rows: 1024, columns: 1024, frames: 3 });
  const { headers, body } = multipart([{ body: large }, { body: ctInstance() }]);
  await withHttp(() => new Response(body, { headers }), async (base) => {
    const { SOPInstanceUID: _, ...series } = ADDRESS;
    const stop = new AbortController();
    const instances = createRetrieveSeries(createHttp({ base }))(series, stop.signal);
    await instances.next();
    stop.abort();
    await assertRejects(() => instances.next(), DOMException);
  });
});
