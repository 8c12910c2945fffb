import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { storeService } from "../../../bridge/scp/store.ts";
import type { StoreOutcome } from "../../../bridge/gateway/gateway.ts";
import { COMMAND, NO_DATA_SET } from "../../../lib/dimse/command.ts";
import {
  beginStore,
  CT_IMAGE_STORAGE,
  store,
  type StoreRequest,
  testAssociation,
} from "../../support/incoming_store.ts";
import {
  buildDataSet,
  type BuiltElement,
  concat,
  ctElements,
  sequence,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";
import { type TestSpool, withSpool } from "../../support/spools.ts";

const UID = "2.25.4711";

function service({ spool, log }: TestSpool, deliver?: () => Promise<StoreOutcome>) {
  return storeService({
    spool,
    ackOf: () => deliver === undefined ? "spool" : "core",
    deliver: deliver ?? (() => Promise.reject(new Error("Nothing is to be delivered"))),
    log,
  });
}

function ct(
  elements: readonly BuiltElement[] = [],
  transferSyntax: string = SYNTAX.explicit,
): StoreRequest & { readonly dataSet: Uint8Array } {
  const dataSet = buildDataSet(ctElements({ sopInstanceUID: UID, elements }), transferSyntax);
  return { SOPInstanceUID: UID, transferSyntax, dataSet };
}

/** Elements of the image without those of these tags. */
function without(...tags: number[]): Uint8Array {
  return buildDataSet(ctElements({ sopInstanceUID: UID }).filter(({ tag }) => !tags.includes(tag)));
}

async function assertNothing({ files }: TestSpool): Promise<void> {
  assertEquals(await files("incoming"), []);
  assertEquals(await files("ready"), []);
  assertEquals(await files("dead"), []);
}

for (const [name, transferSyntax] of Object.entries(SYNTAX)) {
  Deno.test(`storeService: answers 0000 when the data set is on the disk as it came, ${name}`, async () => {
    await withSpool(async (test) => {
      for (const pieceBytes of [1, 65_530]) {
        const request = { ...ct([], transferSyntax), pieceBytes };
        assertEquals(await store(service(test), request), {
          CommandField: COMMAND["C-STORE-RSP"],
          CommandDataSetType: NO_DATA_SET,
          MessageIDBeingRespondedTo: 7,
          AffectedSOPClassUID: CT_IMAGE_STORAGE,
          AffectedSOPInstanceUID: UID,
          Status: 0,
        });
        const [path] = await test.files("ready");
        const file = await Deno.readFile(path!);
        assertEquals(file.subarray(-request.dataSet.length), request.dataSet);
        assertEquals(await test.files("incoming"), []);
        await Deno.remove(path!);
      }
      assertEquals(test.logged, []);
    });
  });
}

Deno.test("storeService: the file remembers who sent it to whom", async () => {
  await withSpool(async (test) => {
    await store(service(test), { ...ct(), callingAETitle: "MOD 1", calledAETitle: "ARCHIVE" });
    const [path] = await test.files("ready");
    const head = new TextDecoder("latin1").decode((await Deno.readFile(path!)).subarray(0, 600));
    assertStringIncludes(head, `${"\0".repeat(128)}DICM`);
    const titles = [["\x16", "MOD 1 "], ["\x17", "MOD 1 "], ["\x18", "ARCHIVE "]] as const;
    for (const [element, title] of titles) {
      assertStringIncludes(
        head,
        `\x02\0${element}\0AE${String.fromCharCode(title.length)}\0${title}`,
      );
    }
  });
});

const CASES: Record<string, [StoreRequest, number]> = {
  "another SOP Instance UID": [{ ...ct(), SOPInstanceUID: "2.25.1" }, 0xa900],
  "another SOP Class UID": [{ ...ct(), SOPClassUID: "1.2.840.10008.5.1.4.1.1.4" }, 0xa900],
  "no SOP Class UID": [{ ...ct(), dataSet: without(0x00080016) }, 0xa900],
  "no SOP Instance UID": [{ ...ct(), dataSet: without(0x00080018) }, 0xa900],
  "no Study Instance UID": [{ ...ct(), dataSet: without(0x0020000d) }, 0xa900],
  "no Series Instance UID": [{ ...ct(), dataSet: without(0x0020000e) }, 0xa900],
  "an empty Study Instance UID": [ct([value(0x0020000d, "UI", "")]), 0xa900],
  "a path for a Series Instance UID": [ct([value(0x0020000e, "UI", "../../x")]), 0xa900],
  "a Study Instance UID in a sequence only": [
    {
      ...ct(),
      dataSet: concat([
        without(0x0020000d),
        buildDataSet([sequence(0x7fe10010, [[value(0x0020000d, "UI", "1.2.3")]])]),
      ]),
    },
    0xa900,
  ],
  "no data set at all": [{ ...ct(), dataSet: new Uint8Array() }, 0xc000],
  "no data set announced": [
    { ...ct(), dataSet: new Uint8Array(), command: { CommandDataSetType: NO_DATA_SET } },
    0xc000,
  ],
  "a data set that is cut off": [{ ...ct(), dataSet: ct().dataSet.slice(0, -10) }, 0xc000],
  "a deflated data set that is cut off": [
    { ...ct([], SYNTAX.deflated), dataSet: ct([], SYNTAX.deflated).dataSet.slice(0, -20) },
    0xc000,
  ],
  "noise": [{ ...ct(), dataSet: new Uint8Array(100_000).fill(0x5a) }, 0xc000],
  "text": [{ ...ct(), dataSet: new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n") }, 0xc000],
  "sequences nested without end": [
    { ...ct(), dataSet: concat(Array(1000).fill(nesting())) },
    0xc000,
  ],
  "a path for an Affected SOP Instance UID": [
    { ...ct(), SOPInstanceUID: "../../../etc/x" },
    0xc000,
  ],
  "no Affected SOP Instance UID": [{ dataSet: ct().dataSet }, 0xc000],
  "no Affected SOP Class UID": [{ ...ct(), SOPClassUID: "" }, 0xc000],
};

/** The beginning of a sequence of undefined length, and of an item in it. */
function nesting(): Uint8Array {
  return Uint8Array.of(
    ...[0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ...[0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff],
  );
}

for (const [what, [request, status]] of Object.entries(CASES)) {
  Deno.test(`storeService: refuses ${what} and keeps nothing`, async () => {
    await withSpool(async (test) => {
      const response = await store(service(test), request);
      assertEquals(response.Status?.toString(16), status.toString(16));
      assert(response.ErrorComment!.length > 0 && response.ErrorComment!.length <= 64);
      assertEquals(test.logged.map(({ level }) => level), ["error"]);
      await assertNothing(test);
      assertEquals((await store(service(test), ct())).Status, 0);
    });
  });
}

Deno.test("storeService: answers A700 where there is no room, and passes the data set by", async () => {
  await withSpool(async (test) => {
    const response = await store(service(test), ct());
    assertEquals(response.Status, 0xa700);
    assertEquals(response.ErrorComment, "The disk of the spool is full");
    await assertNothing(test);
  }, { reserve: 2 ** 60 });
});

Deno.test("storeService: answers A700 where the folder is gone", async () => {
  await withSpool(async (test) => {
    const peer = testAssociation();
    const operation = await beginStore(service(test), ct(), peer);
    await Deno.remove(`${test.folder}/incoming`, { recursive: true });
    await operation.run();
    assertEquals(peer.sent.map(({ Status }) => Status), [0xa700]);
    assertEquals(test.logged[0]?.error, "NotFound");
    await Deno.mkdir(`${test.folder}/incoming`);
    await assertNothing(test);
  });
});

Deno.test("discard: leaves nothing of what was begun", async () => {
  await withSpool(async (test) => {
    const large = ct([value(0x7fe00010, "OW", new Uint8Array(3_000_000))]);
    const operation = await beginStore(service(test), large, testAssociation(), 2_000_000);
    assertEquals((await test.files("incoming")).length, 1);
    await operation.discard?.();
    await assertNothing(test);
  });
});

Deno.test("storeService: gives nothing up while its bytes are still being written", async () => {
  await withSpool(async (test) => {
    const written = Promise.withResolvers<void>();
    const steps: string[] = [];
    const spool: TestSpool["spool"] = {
      ...test.spool,
      begin(calledAETitle, head) {
        const arrival = test.spool.begin(calledAETitle, head);
        return {
          ...arrival,
          write: () => written.promise.then(() => void steps.push("written")),
          abort: () => arrival.abort().then(() => void steps.push("aborted")),
        };
      },
    };
    const noDeflateStream = { ...ct([], SYNTAX.deflated), dataSet: new Uint8Array(300).fill(0xff) };
    const peer = testAssociation();
    const begun = beginStore(service({ ...test, spool }), noDeflateStream, peer);
    await new Promise((resolve) => setTimeout(resolve));
    written.resolve();
    await (await begun).run();
    assertEquals(steps.slice(0, 2), ["written", "aborted"]);
    assertEquals(peer.sent.map(({ Status }) => Status), [0xc000]);
  });
});

for (
  const [outcome, status] of [
    [{ kind: "stored", warning: undefined }, 0],
    [{ kind: "stored", warning: 0xb007 }, 0xb007],
    [{ kind: "refused", reason: 0x0111, explanation: "There is another" }, 0x0111],
    [{ kind: "failed", reason: 0x0110, explanation: "Not now" }, 0xa700],
  ] as [StoreOutcome, number][]
) {
  const name = status.toString(16).padStart(4, "0");
  Deno.test(`storeService: with ack core what the server says is answered: ${name}`, async () => {
    await withSpool(async (test) => {
      const response = await store(service(test, () => Promise.resolve(outcome)), ct());
      assertEquals(response.Status, status);
      await assertNothing(test);
    });
  });
}

Deno.test("storeService: with ack core a failure to deliver is A700, and nothing is kept", async () => {
  await withSpool(async (test) => {
    const failing = service(test, () => Promise.reject(new Error("Patient^Name")));
    const response = await store(failing, ct());
    assertEquals(response.Status, 0xa700);
    assert(!JSON.stringify([response, test.logged]).includes("Patient"));
    await assertNothing(test);
  });
});
