/** The conformance statement, held against the code that it speaks of. @module */
import { assert, assertEquals } from "@std/assert";
import { policyFor } from "../../../bridge/scp/policy.ts";
import { dimseWithDefaults } from "../../../lib/config/dimse_settings.ts";
import { MAX_OPERATIONS, SERVICE_STATUSES } from "../../../lib/config/served.ts";
import { SERVICES } from "../../../lib/config/remote_aes.ts";
import { charsetOf, decodeText } from "../../../lib/dicom/charset.ts";
import { encodeValues } from "../../../lib/dicom/encode_values.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, TRANSFER_SYNTAXES } from "../../../lib/dicom/uids.ts";
import { negotiate } from "../../../lib/dul/negotiate.ts";
import { describeStatus, STATUS } from "../../../lib/dimse/status.ts";
import { PixelError } from "../../../server/pixels/frame.ts";
import type { Pixels } from "../../../server/pixels/pixels.ts";
import { frameFormat } from "../../support/made_frames.ts";
import { type ComposedServer, withComposed } from "../../support/composed_server.ts";
import { tableRows } from "../../support/html_tables.ts";
import { associateRQ, proposed } from "../../support/associate.ts";

const pageOf = async ({ fetch }: ComposedServer) => await (await fetch("/conformance")).text();

/** The kinds of pixels that the statement names. */
const KINDS = {
  "1 bit": frameFormat({ BitsAllocated: 1 }),
  "gray 8": frameFormat({ BitsAllocated: 8 }),
  "gray 12": frameFormat({ BitsStored: 12 }),
  "gray 16": frameFormat(),
  "gray 32": frameFormat({ BitsAllocated: 32 }),
  "palette 8": frameFormat({ BitsAllocated: 8, PhotometricInterpretation: "PALETTE COLOR" }),
  "colour 8": frameFormat({
    BitsAllocated: 8,
    SamplesPerPixel: 3,
    PhotometricInterpretation: "RGB",
  }),
  "colour 16": frameFormat({ SamplesPerPixel: 3, PhotometricInterpretation: "RGB" }),
};

function listed(cell: string): readonly string[] {
  return cell === "all" ? Object.keys(KINDS) : cell.split(", ").filter((name) => name !== "");
}

Deno.test("statement: what it says is encoded and decoded is, by the codecs, and nothing else", async () => {
  await withComposed(async (server) => {
    const rows = tableRows(await pageOf(server), "transfer-syntaxes");
    assertEquals(rows.map(({ UID }) => UID), [...TRANSFER_SYNTAXES.keys()]);
    const wrong: string[] = [];
    for (const { UID = "", Encoded = "", Decoded = "" } of rows) {
      if (TRANSFER_SYNTAXES.get(UID)?.encapsulated !== true) continue;
      for (const name of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
        const [encoded, decoded] = await roundTrip(server.pixels, UID, name);
        if (encoded !== listed(Encoded).includes(name)) wrong.push(`${UID} ${name} encoded`);
        if (encoded && decoded !== listed(Decoded).includes(name)) {
          wrong.push(`${UID} ${name} decoded`);
        }
      }
    }
    assertEquals(wrong, []);
    const uids = rows.filter(({ Encoded }) => Encoded !== "").map(({ UID }) => UID);
    assert(uids.includes("1.2.840.10008.1.2.4.80") && !uids.includes("1.2.840.10008.1.2.2"));
  });
});

/** Whether a frame of a kind can be written in a syntax, and whether what was written can be read. */
async function roundTrip(
  pixels: Pixels,
  transferSyntaxUID: string,
  name: keyof typeof KINDS,
): Promise<readonly [boolean, boolean]> {
  const client = { id: "test", request: {}, signal: new AbortController().signal };
  const format = KINDS[name];
  const { Rows, Columns, SamplesPerPixel, BitsAllocated } = format;
  const length = Math.ceil(Rows * Columns * SamplesPerPixel * BitsAllocated / 8);
  const native = { transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN, format };
  try {
    const written = await pixels.transcode(
      client,
      () => Promise.resolve({ ...native, bytes: new Uint8Array(length) }),
      { transferSyntaxUID, quality: 90 },
    );
    const read = await pixels.transcode(client, () => Promise.resolve(written), {
      transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
    });
    return [true, read.bytes.length === length];
  } catch (error) {
    if (!(error instanceof PixelError)) throw error;
    return [false, false];
  }
}

/** A value that a key of a VR can have. */
const VALUES: Readonly<Record<string, string>> = {
  UI: "1.2.3",
  DA: "20260101",
  TM: "101112",
  IS: "1",
};

Deno.test("statement: every attribute that it says is matched is, at its level; others are passed over with a Warning", async () => {
  await withComposed(async (server) => {
    const rows = tableRows(await pageOf(server), "search-attributes");
    const paths: Readonly<Record<string, string>> = {
      patient: "patients",
      study: "studies",
      series: "series",
      instance: "instances",
    };
    assert(rows.length > 40);
    for (const { Keyword, Tag, VR = "", Level = "", Matching } of rows) {
      const path = `/dicomweb/${paths[Level]}?${Tag}=${VALUES[VR] ?? "A"}`;
      const response = await server.fetch(path);
      await response.body?.cancel();
      assertEquals(response.status, 200, path);
      const isPassedOver = (response.headers.get("warning") ?? "").includes("is not supported");
      assertEquals(isPassedOver, Matching === "", `${Keyword}`);
      const list = await server.fetch(`/dicomweb/${paths[Level]}?${Tag}=1.2,1.3`);
      await list.body?.cancel();
      if (Matching?.includes("list")) assertEquals(list.status, 200, Keyword);
      if (!Matching?.includes("range")) continue;
      const range = await server.fetch(`${path}-`);
      await range.body?.cancel();
      assertEquals(range.status, 200, Keyword);
    }
  });
});

Deno.test("statement: the bridge accepts every SOP Class that it lists, in the syntaxes that it lists", async () => {
  await withComposed(async (server) => {
    const html = await pageOf(server);
    const policy = policyFor(undefined, { maxPduLength: 65_536, operations: MAX_OPERATIONS });
    const classes = tableRows(html, "sop-classes");
    assert(classes.length > 150);
    const accepted = (abstractSyntax: string, transferSyntax: string) => {
      const answer = negotiate(
        associateRQ([proposed(1, abstractSyntax, transferSyntax)]),
        policy,
      );
      return answer.kind === "accepted" && answer.answer.contexts[0]?.result === 0;
    };
    const syntaxes = new Map(
      tableRows(html, "dimse-transfer-syntaxes").map((
        row,
      ) => [row.Service, row["Transfer syntaxes"]]),
    );
    for (const { UID = "", Service } of classes) {
      const named = syntaxes.get(Service) ?? "";
      for (const { uid, name } of TRANSFER_SYNTAXES.values()) {
        const isListed = named.startsWith("any") || named.split(", ").includes(name);
        assertEquals(accepted(UID, uid), isListed, `${UID} ${name}`);
      }
    }
    // A class that is not in the list and is not stored either: print management.
    assertEquals(accepted("1.2.840.10008.5.1.1.1", "1.2.840.10008.1.2"), false);
  });
});

Deno.test("statement: statuses are those that the bridge's services answer with", async () => {
  const files: Readonly<Record<string, readonly string[]>> = {
    store: ["store.ts", "store_verdict.ts"],
    find: ["find.ts"],
    move: ["retrieve.ts", "suboperations.ts", "move.ts"],
    get: ["retrieve.ts", "suboperations.ts", "get.ts"],
  };
  for (const [service, names] of Object.entries(files)) {
    const code = names.map((name) =>
      Deno.readTextFileSync(new URL(`../../../bridge/scp/${name}`, import.meta.url))
    ).join("\n");
    const used = new Set([...code.matchAll(/\bSTATUS\.(\w+)/g)].map(([, name]) => name));
    const listed: ReadonlySet<string | undefined> = new Set(
      SERVICE_STATUSES[service as keyof typeof SERVICE_STATUSES],
    );
    assertEquals([...used.symmetricDifference(listed)], [], service);
  }
  await withComposed(async (server) => {
    const rows = tableRows(await pageOf(server), "dimse-statuses");
    const expected = SERVICES.flatMap((service) =>
      SERVICE_STATUSES[service].map((name) => describeStatus(STATUS[name]))
    );
    assertEquals(rows.map(({ Status }) => Status), expected);
  });
});

Deno.test("statement: each character set that it lists is read", async () => {
  await withComposed(async (server) => {
    const terms = tableRows(await pageOf(server), "character-sets-read")
      .map((row) => row["Defined term"] ?? "");
    assert(terms.includes("ISO_IR 192") && terms.includes("GB18030"));
    for (const term of terms) {
      const dataSet = new Map([[0x00080005, encodeValues(0x00080005, "CS", [term])]]);
      const charset = charsetOf(dataSet);
      // A set with code extensions goes with the default repertoire.
      assert(charset.terms.split("\\").includes(term), `${term}: ${charset.terms}`);
      assertEquals(decodeText(new TextEncoder().encode("Doe^Jane"), "PN", charset), "Doe^Jane");
    }
  });
});

Deno.test("statement: limits of associations are the bridge's own", async () => {
  await withComposed(async (server) => {
    const rows = tableRows(await pageOf(server), "association");
    const values = new Map(rows.map(({ Characteristic, Value }) => [Characteristic, Value]));
    const { maxPduLength, associations } = dimseWithDefaults({});
    assertEquals(values.get("Maximum PDU length received, bytes"), String(maxPduLength));
    assertEquals(values.get("Associations at the same time"), String(associations));
    assertEquals(values.get("Asynchronous operations invoked"), String(MAX_OPERATIONS));
  });
});

Deno.test("statement: resources are the application's, with what each key's scope allows", async () => {
  await withComposed(async (server) => {
    const html = await pageOf(server);
    const listed = tableRows(html, "web-operations").map(({ Method, Resource }) =>
      `${Method} ${Resource}`
    );
    const there = server.app.routes
      .filter(({ method, path }) => method !== "ALL" && /^\/(dicomweb|wado)/.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`);
    assertEquals(listed.sort(), [...new Set(there)].sort());
    const scopes = new Map(tableRows(html, "scopes").map(({ Scope, Methods }) => [Scope, Methods]));
    assertEquals(scopes.get("write"), "POST");
    assertEquals(scopes.get("delete"), "DELETE, POST");
    const archives = tableRows(html, "archives").map((row) => [row.Archive, row["AE titles"]]);
    assertEquals(archives, [["default", "GANTRY"]]);
    assertEquals(tableRows(html, "deidentification-profiles").map(({ Profile }) => Profile), [
      "basic",
    ]);
  });
});
