/**
 * Checks of bulk data, pixel data and frames (PS3.18 10.4.1.1.5, 10.4.1.1.6).
 * @module
 */
import {
  ensureOffered,
  ensureStatus,
  ensureType,
  inParts,
  OCTETS_TYPE,
  partsOf,
  sameBytes,
} from "./answers.ts";
import { type Check, ensure, fail, notOffered, unchecked } from "./check.ts";
import { metadataOf } from "./metadata_checks.ts";
import { RLE_LOSSLESS } from "./part10_file.ts";
import { type SampleInstance, seriesPath } from "./sample.ts";
import { firstStudy, multiFrame, secondStudy, type Session, singleFrame } from "./session.ts";

const OCTETS = inParts(OCTETS_TYPE);

/** The checks. */
export const bulkdataChecks: readonly Check[] = [
  {
    id: "bulkdata.uri",
    clause: "10.4.1.1.5 (table 10.4.1.5-1), 10.4.3.3.5",
    level: "required",
    rule: "The BulkDataURI of metadata leads to the value.",
    async run(session) {
      const instance = singleFrame(session);
      const answer = await session.http.send(`${instance.path}/metadata`, {
        accept: "application/dicom+json",
      });
      const uri = (await metadataOf(session, instance))["7FE00010"]?.BulkDataURI;
      if (uri === undefined) unchecked("There is no BulkDataURI.");
      const own = session.http.own(uri, answer);
      if (own === undefined) unchecked("The BulkDataURI leads to another server.");
      const [part] = await partsOf(await session.http.send(own, { accept: OCTETS }), OCTETS_TYPE);
      ensurePixels(part?.body, instance.pixels);
    },
  },
  {
    id: "bulkdata.uri.single",
    clause: "10.4.4 (table 10.4.4-1)",
    level: "optional",
    rule: "It comes as application/octet-stream without parts too.",
    async run(session) {
      const instance = singleFrame(session);
      const uri = (await metadataOf(session, instance))["7FE00010"]?.BulkDataURI;
      if (uri === undefined || !uri.startsWith(session.http.base)) {
        unchecked("There is no BulkDataURI below the server's root.");
      }
      const answer = await session.http.send(uri, { accept: OCTETS_TYPE });
      ensureOffered(answer);
      if (answer.mediaType?.essence !== OCTETS_TYPE) notOffered("It comes otherwise.");
      ensurePixels(answer.body, instance.pixels);
    },
  },
  frames("frames.one", "frame", "1", [1]),
  frames("frames.several", "list of frames", "1,3", [1, 3]),
  {
    id: "frames.of-one",
    clause: "10.4.1.1.6",
    level: "required",
    rule: "The frame of an image that has one is frame 1.",
    async run(session) {
      const { path, pixels } = singleFrame(session);
      const answer = await session.http.send(`${path}/frames/1`, { accept: OCTETS });
      const parts = await partsOf(answer, OCTETS_TYPE);
      ensure(parts.length === 1, `There are ${parts.length} parts, not one.`);
      ensurePixels(parts[0]?.body, pixels);
    },
  },
  {
    id: "frames.decompressed",
    clause: "8.7.3.3.1, 8.7.3.4",
    level: "required",
    rule: "A compressed frame is given uncompressed where no transfer syntax is named.",
    async run(session) {
      const [compressed] = secondStudy(session).instances;
      if (compressed === undefined) unchecked("There is no compressed instance.");
      const answer = await session.http.send(`${compressed.path}/frames/1`, { accept: OCTETS });
      const [part] = await partsOf(answer, OCTETS_TYPE);
      ensurePixels(part?.body, compressed.pixels);
    },
  },
  {
    id: "frames.compressed",
    clause: "8.7.3.3.2 (table 8.7.3-5)",
    level: "optional",
    rule: "A frame in RLE Lossless comes as image/dicom-rle.",
    async run(session) {
      const [compressed] = secondStudy(session).instances;
      if (compressed === undefined) unchecked("There is no compressed instance.");
      const accept = inParts("image/dicom-rle", `; transfer-syntax=${RLE_LOSSLESS}`);
      const answer = await session.http.send(`${compressed.path}/frames/1`, { accept });
      ensureOffered(answer);
      const [part] = await partsOf(answer, "image/dicom-rle");
      // The number of segments, which is 2 for 16 bits (PS3.5 G.5).
      ensure(part?.body[0] === 2, "What comes is no frame in RLE Lossless.");
    },
  },
  {
    id: "frames.single",
    clause: "10.4.4 (table 10.4.4-1)",
    level: "optional",
    rule: "One frame comes as application/octet-stream without parts too.",
    async run(session) {
      const { path, pixels } = singleFrame(session);
      const answer = await session.http.send(`${path}/frames/1`, { accept: OCTETS_TYPE });
      ensureOffered(answer);
      if (answer.mediaType?.essence === "multipart/related") notOffered("It comes in parts.");
      ensureType(answer, OCTETS_TYPE);
      ensurePixels(answer.body, pixels);
    },
  },
  {
    id: "frames.beyond",
    clause: "10.4.3.1",
    level: "required",
    rule: "A frame that there is not is answered 404 or 400.",
    async run(session) {
      const { path, frames } = multiFrame(session);
      const target = `${path}/frames/${frames + 1}`;
      ensureStatus(await session.http.send(target, { accept: OCTETS }), 404, 400);
    },
  },
  {
    id: "frames.zero",
    clause: "10.4.3.1",
    level: "required",
    rule: "Frames are counted from 1: frame 0 is answered 400 or 404.",
    async run(session) {
      const target = `${multiFrame(session).path}/frames/0`;
      ensureStatus(await session.http.send(target, { accept: OCTETS }), 400, 404);
    },
  },
  ...["bulkdata", "pixeldata"].flatMap((name) =>
    (["study", "series", "instance"] as const).map((level) => resource(name, level))
  ),
];

/** Frames of the image of several. */
function frames(id: string, what: string, list: string, numbers: readonly number[]): Check {
  return {
    id,
    clause: "10.4.1.1.6 (table 10.4.1.6-1), 10.4.4",
    level: "required",
    rule: `A ${what} comes as parts of application/octet-stream, in the order asked for.`,
    async run(session) {
      const instance = multiFrame(session);
      if (instance.frames < Math.max(...numbers)) unchecked("The image has too few frames.");
      const answer = await session.http.send(`${instance.path}/frames/${list}`, { accept: OCTETS });
      const parts = await partsOf(answer, OCTETS_TYPE);
      ensure(
        parts.length === numbers.length,
        `There are ${parts.length} parts, not ${numbers.length}.`,
      );
      parts.forEach(({ body }, index) => ensurePixels(body, frameOf(instance, numbers[index]!)));
    },
  };
}

function frameOf({ pixels, frames }: SampleInstance, number: number): Uint8Array | undefined {
  if (pixels === undefined) return undefined;
  const length = pixels.length / frames;
  return pixels.subarray((number - 1) * length, number * length);
}

/** Fails where bytes are not the pixels; where nobody knows them, any bytes do. */
function ensurePixels(found: Uint8Array | undefined, pixels: Uint8Array | undefined): void {
  if (found === undefined) fail("The answer has no part.");
  ensure(found.length > 0, "There are no bytes.");
  if (pixels === undefined) return;
  ensure(
    found.length === pixels.length,
    `There are ${found.length} bytes, not ${pixels.length}.`,
  );
  ensure(sameBytes(found, pixels), "The pixels are others than those stored.");
}

/** A resource of tables 10.4.1.5-1 and 10.4.1.6-1 that table 10.3-2 leaves to the server. */
function resource(name: string, level: "study" | "series" | "instance"): Check {
  return {
    id: `${name}.${level}`,
    clause: "10.3 (table 10.3-2), 10.4.3.3.5, 10.4.3.3.6",
    level: "optional",
    rule: `/${name} of a ${level} holds its values, a part each with its Content-Location.`,
    async run(session) {
      const instance = singleFrame(session);
      const answer = await session.http.send(`${pathOf(session, instance, level)}/${name}`, {
        accept: OCTETS,
      });
      ensureOffered(answer);
      const parts = await partsOf(answer, OCTETS_TYPE);
      ensure(parts.length > 0, "There is no part.");
      const lacking = parts.filter(({ headers }) => !headers.has("content-location"));
      ensure(lacking.length === 0, "A part has no Content-Location.");
      const { pixels } = instance;
      if (pixels === undefined) return;
      ensure(parts.some(({ body }) => sameBytes(body, pixels)), "No part is the pixel data.");
    },
  };
}

function pathOf(
  session: Session,
  instance: SampleInstance,
  level: "study" | "series" | "instance",
): string {
  switch (level) {
    case "study":
      return firstStudy(session).path;
    case "series":
      return seriesPath(instance);
    case "instance":
      return instance.path;
  }
}
