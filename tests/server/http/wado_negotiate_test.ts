import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TRANSFER_SYNTAXES } from "../../../lib/dicom/uids.ts";
import { parseAccept } from "../../../lib/multipart/accept.ts";
import { Problem } from "../../../server/http/problem.ts";
import { pixelEncoding } from "../../../server/http/pixel_media_types.ts";
import {
  chooseOctets,
  choosePixels,
  instanceForm,
  negotiateInstances,
  pixelsNotAcceptable,
} from "../../../server/http/wado_negotiate.ts";
import { SYNTAX } from "../../support/part10_builder.ts";

const DICOM = 'multipart/related; type="application/dicom"';

Deno.test("negotiateInstances: lists the transfer syntaxes asked for by preference", () => {
  const accept = `${DICOM}; transfer-syntax=1.2.3; q=0.5, ${DICOM}, image/png, ` +
    `${DICOM}; transfer-syntax=*; q=0.2, ${DICOM}; transfer-syntax="a b"`;
  assertEquals(negotiateInstances(parseAccept(accept), false), {
    kind: "instances",
    packaging: "multipart",
    transferSyntaxes: [[undefined], ["1.2.3"], ["*"]],
  });
});

Deno.test("negotiateInstances: reads at most so many transfer syntaxes", () => {
  const accept = Array.from({ length: 50 }, (_, i) => `${DICOM}; transfer-syntax=1.2.${i}`).join();
  const choice = negotiateInstances(parseAccept(accept), false);
  assertEquals(choice.kind === "instances" && choice.transferSyntaxes.flat().length, 10);
});

Deno.test("negotiateInstances: takes a single media type for one instance only", () => {
  const ranges = parseAccept("application/dicom; transfer-syntax=*");
  assertEquals(negotiateInstances(ranges, true), {
    kind: "instances",
    packaging: "single",
    transferSyntaxes: [["*"]],
  });
  const problem = assertThrows(() => negotiateInstances(ranges, false), Problem);
  assertEquals(problem.status, 406);
});

Deno.test("negotiateInstances: takes octets for a request for bulk data", () => {
  const ranges = parseAccept('multipart/related; type="application/octet-stream"');
  assertEquals(negotiateInstances(ranges, true), { kind: "bulkdata" });
});

/** Every syntax can be had. */
const NONE = () => undefined;
/** None but what is stored. */
const ALL = () => "nothing decodes it";

Deno.test("instanceForm: stored bytes, Explicit VR Little Endian, or pixels made anew", async () => {
  const { implicit, explicit, bigEndian, deflated, jpegBaseline, rle } = SYNTAX;
  const jpip = "1.2.840.10008.1.2.4.94";
  const vendor = "1.2.840.113619.5.2";
  const cases = [
    [[undefined], explicit, 300, "stored"],
    [[undefined], explicit, 0, "explicit"],
    [["*"], explicit, 0, "stored"],
    [[explicit], explicit, 300, "stored"],
    [[undefined], implicit, 300, "explicit"],
    [[undefined], bigEndian, 300, "explicit"],
    [[explicit], deflated, 300, "explicit"],
    [[implicit], implicit, 300, "stored"],
    // PS3.18 8.7.3.4 forbids them.
    [[implicit], explicit, 300, undefined],
    [[bigEndian], explicit, 300, undefined],
    [["*"], rle, 300, "stored"],
    [[rle], rle, 300, "stored"],
    [[undefined], rle, 300, explicit],
    [[undefined, rle], rle, 300, explicit],
    [[rle, undefined], rle, 300, "stored"],
    [[rle], explicit, 300, rle],
    [[deflated], explicit, 300, deflated],
    [[undefined], jpegBaseline, 300, "stored"],
    [[explicit], jpegBaseline, 300, explicit],
    [[undefined], jpip, 300, "stored"],
    [[undefined], vendor, 300, "stored"],
    [[vendor], explicit, 300, undefined],
    [[], explicit, 300, undefined],
  ] as const;
  for (const [wanted, TransferSyntaxUID, dataSetOffset, expected] of cases) {
    const stored = { TransferSyntaxUID, dataSetOffset };
    const groups = wanted.map((uid) => [uid]);
    const form = await instanceForm(groups, stored, () => Promise.resolve(undefined));
    const found = form?.kind === "written" ? form.transferSyntaxUID : form?.kind;
    assertEquals(found, expected, `${wanted} of ${TransferSyntaxUID}`);
  }
});

Deno.test("instanceForm: nothing where pixels cannot be made, or the object is damaged", async () => {
  const stored = { TransferSyntaxUID: SYNTAX.rle, dataSetOffset: 300 };
  const refused = await instanceForm(
    [[undefined], [SYNTAX.jpegBaseline]],
    stored,
    () => Promise.resolve("it is too large"),
  );
  assertEquals(refused, undefined);
  const damaged = { ...stored, damage: "It ends early" };
  assertEquals(
    await instanceForm([[undefined]], damaged, () => Promise.resolve(undefined)),
    undefined,
  );
  const form = await instanceForm([["*"]], damaged, () => Promise.resolve(undefined));
  assertEquals(form, { kind: "stored" });
});

Deno.test("instanceForm: of what is liked equally well what is stored, then what loses nothing", async () => {
  const { explicit, jpegBaseline, rle } = SYNTAX;
  const form = async (wanted: readonly (string | undefined)[], TransferSyntaxUID: string) => {
    const stored = { TransferSyntaxUID, dataSetOffset: 300 };
    const found = await instanceForm([wanted], stored, () => Promise.resolve(undefined));
    return found?.kind === "written" ? found.transferSyntaxUID : found?.kind;
  };
  assertEquals(await form([explicit, rle], rle), "stored");
  assertEquals(await form([jpegBaseline, rle], explicit), rle);
  assertEquals(await form([jpegBaseline], explicit), jpegBaseline);
  assertEquals(await form([undefined, rle], jpegBaseline), rle);
});

Deno.test("choosePixels: of what is liked equally well what is stored, then what loses nothing", () => {
  const { explicit, jpegBaseline } = SYNTAX;
  const choose = (accept: string, uid: string) =>
    choosePixels(parseAccept(accept), ["single"], uid, NONE)?.transferSyntaxUID;
  const both = `image/jpeg; transfer-syntax=${jpegBaseline}, ` +
    "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.70";
  assertEquals(choose(both, explicit), "1.2.840.10008.1.2.4.70");
  assertEquals(choose(both, jpegBaseline), jpegBaseline);
  assertEquals(choose("image/jls, application/octet-stream", explicit), explicit);
  assertEquals(
    choose("image/jls, application/octet-stream;q=0.9", explicit),
    "1.2.840.10008.1.2.4.80",
  );
});

Deno.test("choosePixels: prefers what the client prefers among what is stored", () => {
  const both = ["multipart", "single"] as const;
  const choose = (accept: string, uid: string) => choosePixels(parseAccept(accept), both, uid, ALL);
  assertEquals(choose("image/jpeg, application/octet-stream;q=0.5", SYNTAX.explicit), {
    packaging: "single",
    mediaType: "application/octet-stream",
    transferSyntaxUID: SYNTAX.explicit,
    transcoded: false,
  });
  assertEquals(choose("image/*;q=0.1, multipart/related;q=0.2", SYNTAX.rle), {
    packaging: "multipart",
    mediaType: "image/dicom-rle",
    transferSyntaxUID: SYNTAX.rle,
    transcoded: false,
  });
  assertEquals(choose("*/*, image/dicom-rle;q=0", SYNTAX.rle)?.packaging, "multipart");
  assertEquals(choose("image/jpeg", SYNTAX.rle), undefined);
  const repeated = "multipart/related; type=application/octet-stream; " +
    `transfer-syntax=${SYNTAX.explicit}; transfer-syntax=*`;
  assertEquals(choose(repeated, SYNTAX.rle)?.mediaType, "image/dicom-rle");
});

Deno.test("choosePixels: gives what is stored to who likes it as well as others", () => {
  const choose = (accept: string) =>
    choosePixels(parseAccept(accept), ["multipart", "single"], SYNTAX.jpeg2000Lossless, NONE)
      ?.transferSyntaxUID;
  const jls = "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80";
  assertEquals(choose(`${jls}, image/jp2`), SYNTAX.jpeg2000Lossless);
  assertEquals(choose(`${jls}, application/octet-stream`), "1.2.840.10008.1.2.4.80");
  assertEquals(choose(`${jls}, image/jp2; q=0.9`), "1.2.840.10008.1.2.4.80");
  // Several in one entry are in the order of preference.
  const several = "image/*; transfer-syntax=1.2.840.10008.1.2.4.80; transfer-syntax=*";
  assertEquals(choose(several), "1.2.840.10008.1.2.4.80");
});

Deno.test("choosePixels: makes what is asked for and is not stored", () => {
  const choose = (
    accept: string,
    uid: string,
    obstacle: (uid: string) => string | undefined = NONE,
  ) => {
    const choice = choosePixels(parseAccept(accept), ["multipart", "single"], uid, obstacle);
    return choice && [choice.mediaType, choice.transferSyntaxUID, choice.transcoded];
  };
  const { explicit, rle, jpegBaseline } = SYNTAX;
  const octets = "application/octet-stream";
  const jpegLossless = "1.2.840.10008.1.2.4.70";
  const jpegLs = "1.2.840.10008.1.2.4.80";
  assertEquals(choose(octets, rle), [octets, explicit, true]);
  assertEquals(choose(`${octets}; transfer-syntax=*`, rle), ["image/dicom-rle", rle, false]);
  // Whose only wish is octets gets octets; who takes anything gets lossy pixels as they are.
  assertEquals(choose(octets, jpegBaseline), [octets, explicit, true]);
  assertEquals(choose("*/*", jpegBaseline), ["image/jpeg", jpegBaseline, false]);
  assertEquals(choose("*/*", rle), ["image/dicom-rle", rle, false]);
  // Without a syntax the default of the media type (PS3.18 table 8.7.3-5).
  assertEquals(choose("image/jpeg", explicit), ["image/jpeg", jpegLossless, true]);
  assertEquals(choose("image/x-jls", rle), ["image/x-jls", jpegLs, true]);
  assertEquals(choose(`image/jpeg; transfer-syntax=${jpegBaseline}`, explicit), [
    "image/jpeg",
    jpegBaseline,
    true,
  ]);
  assertEquals(choose("image/jls; transfer-syntax=1.2.3", explicit), undefined);
  const noJpeg = (uid: string) => uid === jpegLossless ? "it cannot" : undefined;
  assertEquals(choose("image/jpeg, image/jls;q=0.5", explicit, noJpeg), [
    "image/jls",
    jpegLs,
    true,
  ]);
});

Deno.test("choosePixels: gives compressed bytes without a media type only under their syntax", () => {
  const deflatedFrames = "1.2.840.10008.1.2.8.1";
  const choose = (accept: string) =>
    choosePixels(parseAccept(accept), ["single"], deflatedFrames, ALL);
  assertEquals(choose("application/octet-stream"), undefined);
  assertEquals(choose("application/octet-stream; transfer-syntax=*")?.packaging, "single");
});

Deno.test("chooseOctets: gives octets whatever syntax is named", () => {
  const ranges = parseAccept("application/octet-stream; transfer-syntax=1.2.3");
  assertEquals(chooseOctets(ranges, ["multipart", "single"])?.packaging, "single");
  assertEquals(chooseOctets(parseAccept("text/html"), ["multipart", "single"]), undefined);
});

Deno.test("chooseOctets: gives a document under its own media type to who asks for it", () => {
  const choose = (accept: string) =>
    chooseOctets(parseAccept(accept), ["single"], "application/pdf")?.mediaType;
  assertEquals(choose("application/pdf"), "application/pdf");
  assertEquals(choose("*/*"), "application/octet-stream");
  assertEquals(choose("text/xml"), undefined);
});

Deno.test("pixelsNotAcceptable: names what can be had, and why not more", () => {
  const { status, message } = pixelsNotAcceptable(SYNTAX.rle, ["multipart", "single"], ALL);
  assertEquals(status, 406);
  assertStringIncludes(message, 'multipart/related; type="image/dicom-rle"; transfer-syntax=');
  assertStringIncludes(message, "nothing decodes it");
  assertEquals(message.includes("image/jls"), false);
  const { message: more } = pixelsNotAcceptable(SYNTAX.rle, ["single"], NONE);
  assertStringIncludes(more, "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80");
});

Deno.test("pixelEncoding: has a media type for every compressed image and video of the standard", () => {
  const without = [...TRANSFER_SYNTAXES.values()]
    .filter(({ uid, encapsulated }) => {
      const { mediaTypes, uncompressed } = pixelEncoding(uid);
      return encapsulated && !uncompressed && mediaTypes[0] === "application/octet-stream";
    })
    .map(({ uid }) => uid);
  // MIME, XML and deflated frames: PS3.18 table 8.7.3-5 has none for them.
  assertEquals(without, ["6.1", "6.2", "8.1"].map((suffix) => `1.2.840.10008.1.2.${suffix}`));
});
