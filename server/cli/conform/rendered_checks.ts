/**
 * Checks of rendered resources (PS3.18 10.4.1.1.3, 8.3.5, 8.7.4).
 * @module
 */
import { ensureStatus, ensureType, inParts, MULTIPART, partsOf, sameBytes } from "./answers.ts";
import { type Check, ensure, fail, notOffered, unchecked } from "./check.ts";
import type { Answer } from "./http.ts";
import { imageSize, type SizedType } from "./image_size.ts";
import { newUID } from "./make_sample.ts";
import { type SampleInstance, seriesPath } from "./sample.ts";
import { firstStudy, multiFrame, presentIn, type Session, singleFrame } from "./session.ts";

const JPEG = "image/jpeg";

/** The checks. */
export const renderedChecks: readonly Check[] = [
  inType("rendered.instance.jpeg", "image/jpeg", "D"),
  inType("rendered.instance.png", "image/png", "R"),
  inType("rendered.instance.gif", "image/gif", "R"),
  {
    id: "rendered.default",
    clause: "8.7.7, 8.7.4 (table 8.7.4-1)",
    level: "required",
    rule: "Who accepts everything gets an image of one frame as image/jpeg.",
    async run(session) {
      const answer = await rendered(session, singleFrame(session), {}, "*/*");
      ensureStatus(answer, 200);
      ensureType(answer, JPEG);
      imageSize(answer.body, JPEG);
    },
  },
  several("rendered.study", "study", (session) => lastStudy(session).path),
  several("rendered.series", "series", (session) => {
    const [instance] = lastStudy(session).instances;
    return instance === undefined ? unchecked("The study is empty.") : seriesPath(instance);
  }),
  {
    id: "rendered.frame",
    clause: "10.3 (table 10.3-2), 10.4.1.1.3",
    level: "required",
    rule: "A frame of several comes as an image.",
    async run(session) {
      const { path, columns, rows } = multiFrame(session);
      const answer = await session.http.send(`${path}/frames/2/rendered`, { accept: JPEG });
      const [size] = await sizesOf(answer);
      ensure(size?.width === columns && size?.height === rows, "It has another size.");
    },
  },
  {
    id: "rendered.multi-frame",
    clause: "8.7.4 (table 8.7.4-1)",
    level: "optional",
    rule: "An image of several frames comes as image/gif.",
    async run(session) {
      const answer = await rendered(session, multiFrame(session), {}, "image/gif");
      if (answer.status !== 200) notOffered(`It is answered with ${answer.status}.`);
      ensureType(answer, "image/gif");
      imageSize(answer.body, "image/gif");
    },
  },
  {
    id: "rendered.viewport",
    clause: "8.3.5.1.3, 10.4.1.2 (table 10.4.1-5)",
    level: "required",
    rule: "viewport scales the image to its width and height.",
    async run(session) {
      const instance = singleFrame(session);
      const answer = await rendered(session, instance, { viewport: "8,8" });
      const [size] = await sizesOf(answer);
      ensure(
        size !== undefined && Math.max(size.width, size.height) === 8,
        `The image is ${size?.width} by ${size?.height}.`,
      );
    },
  },
  {
    id: "rendered.viewport.region",
    clause: "8.3.5.1.3",
    level: "required",
    rule: "viewport with a region of the source shows that region.",
    async run(session) {
      const instance = singleFrame(session);
      const whole = await rendered(session, instance, { viewport: "8,8" });
      const half = `${(instance.columns ?? 2) / 2},${(instance.rows ?? 2) / 2}`;
      const part = await rendered(session, instance, { viewport: `8,8,0,0,${half}` });
      await sizesOf(whole);
      await sizesOf(part);
      ensureOther(instance, whole, part);
    },
  },
  {
    id: "rendered.window",
    clause: "8.3.5.1.4, 10.4.1.2 (table 10.4.1-5)",
    level: "required",
    rule: "window changes how bright the image is.",
    async run(session) {
      const instance = singleFrame(session);
      const plain = await rendered(session, instance, {});
      const dark = await rendered(session, instance, { window: "200,10,linear" });
      await sizesOf(plain);
      await sizesOf(dark);
      ensureOther(instance, plain, dark);
    },
  },
  ...["quality=10", "annotation=patient,technique"].map((parameter): Check => {
    const [name = "", value = ""] = parameter.split("=");
    return {
      id: `rendered.${name}`,
      clause: `${name === "quality" ? "8.3.5.1.2" : "8.3.5.1.1"}, 10.4.1.2 (table 10.4.1-5)`,
      level: "required",
      rule: `${name} is taken.`,
      run: async (session) =>
        void await sizesOf(await rendered(session, singleFrame(session), { [name]: value })),
    };
  }),
  {
    id: "rendered.iccprofile",
    clause: "8.3.5.1.5, 10.4.1.2 (table 10.4.1-5)",
    level: "optional",
    rule: "iccprofile=srgb puts an ICC profile into the JPEG.",
    async run(session) {
      const answer = await rendered(session, singleFrame(session), { iccprofile: "srgb" });
      await sizesOf(answer);
      const isThere = new TextDecoder("latin1").decode(answer.body).includes("ICC_PROFILE");
      if (!isThere) notOffered("There is no ICC profile in it.");
    },
  },
  wrong("rendered.wrong.viewport", "8.3.5.1.3", { viewport: "wide" }),
  wrong("rendered.wrong.window", "8.3.5.1.4", { window: "a,b,c" }),
  wrong("rendered.wrong.quality", "8.3.5.1.2", { quality: "101" }),
  wrong("rendered.wrong.annotation", "8.3.5.1.1", { annotation: "" }),
  {
    id: "rendered.unknown",
    clause: "10.4.3.1",
    level: "required",
    rule: "An instance that is not there is answered 404.",
    async run(session) {
      const path = `${seriesPath(singleFrame(session))}/instances/${newUID()}/rendered`;
      ensureStatus(await session.http.send(path, { accept: JPEG }), 404);
    },
  },
  {
    id: "rendered.not-acceptable",
    clause: "8.7.8.1, 8.3.3.1",
    level: "required",
    rule: "Who accepts no rendered media type gets 406, or the default.",
    async run(session) {
      const answer = await rendered(session, singleFrame(session), {}, "text/csv");
      ensureStatus(answer, 406, 200);
      if (answer.status === 200) ensureType(answer, JPEG);
    },
  },
];

/** Of a run's own studies the one whose images have one frame each: no table asks for JPEG of others. */
function lastStudy(session: Session) {
  return presentIn(session).studies.at(-1) ?? firstStudy(session);
}

function rendered(
  session: Session,
  { path }: SampleInstance,
  query: Readonly<Record<string, string>>,
  accept = JPEG,
): Promise<Answer> {
  return session.http.send(`${path}/rendered`, { query, accept });
}

function inType(id: string, type: SizedType, usage: string): Check {
  return {
    id,
    clause: `10.3 (table 10.3-2), 8.7.4 (table 8.7.4-1: ${usage})`,
    level: "required",
    rule: `An image of one frame comes as ${type}, in its own size.`,
    async run(session) {
      const instance = singleFrame(session);
      const answer = await rendered(session, instance, {}, type);
      ensureStatus(answer, 200);
      ensureType(answer, type);
      const { width, height } = imageSize(answer.body, type);
      const { columns, rows } = instance;
      ensure(
        width === columns && height === rows,
        `It is ${width} by ${height}, not ${columns} by ${rows}.`,
      );
    },
  };
}

function several(id: string, what: string, path: (session: Session) => string): Check {
  return {
    id,
    clause: "10.3 (table 10.3-2), 10.4.1.1.3",
    level: "required",
    rule: `A ${what} comes as images.`,
    async run(session) {
      const target = `${path(session)}/rendered`;
      // In parts, since there are several; who gives one image for all of them gives an image too.
      const parts = await session.http.send(target, { accept: inParts(JPEG) });
      const answer = parts.status === 200
        ? parts
        : await session.http.send(target, { accept: JPEG });
      ensure((await sizesOf(answer)).length > 0, "There is no image.");
    },
  };
}

/** Fails where two images are the same; of pixels that nobody knows they may be. */
function ensureOther({ pixels }: SampleInstance, plain: Answer, changed: Answer): void {
  if (!sameBytes(plain.body, changed.body)) return;
  if (pixels === undefined) unchecked("The image is the same without it, which may be right.");
  fail("The image is the same without it.");
}

/** Sizes of the JPEG images of an answer, which is one or has them as parts. Fails for others. */
async function sizesOf(answer: Answer) {
  ensureStatus(answer, 200);
  if (answer.mediaType?.essence === MULTIPART) {
    return (await partsOf(answer, JPEG)).map(({ body }) => imageSize(body, JPEG));
  }
  ensureType(answer, JPEG);
  return [imageSize(answer.body, JPEG)];
}

function wrong(id: string, clause: string, query: Readonly<Record<string, string>>): Check {
  return {
    id,
    clause,
    level: "required",
    rule: `A value that ${Object.keys(query).join()} cannot have is answered 400.`,
    async run(session) {
      const instance = singleFrame(session);
      const plain = await rendered(session, instance, {});
      // A server that renders nothing at all fails elsewhere.
      if (plain.status !== 200) fail(`Rendering is answered with ${plain.status}.`);
      ensureStatus(await rendered(session, instance, query), 400);
    },
  };
}

const THUMBNAILS: readonly (readonly [what: string, path: (session: Session) => string])[] = [
  ["study", (session) => firstStudy(session).path],
  ["series", (session) => seriesPath(singleFrame(session))],
  ["instance", (session) => singleFrame(session).path],
  ["frame", (session) => `${singleFrame(session).path}/frames/1`],
];

/** Checks of thumbnails (PS3.18 10.4.1.1.4). */
export const thumbnailChecks: readonly Check[] = [
  ...THUMBNAILS.map(([what, path]): Check => ({
    id: `thumbnail.${what}`,
    clause: "10.4.1.1.4, 10.4.3.3.4, 10.4.4 (table 10.4.4-1)",
    level: "optional",
    rule: `The thumbnail of the ${what} comes as image/jpeg.`,
    async run(session) {
      const answer = await session.http.send(`${path(session)}/thumbnail`, { accept: JPEG });
      if (isAbsent(answer)) notOffered(`It is answered with ${answer.status}.`);
      ensureStatus(answer, 200);
      ensureType(answer, JPEG);
      imageSize(answer.body, JPEG);
    },
  })),
  {
    id: "thumbnail.all",
    clause: "10.4.1.1.4",
    level: "required",
    rule: "Who has one kind of thumbnail has all of them.",
    async run(session) {
      const lacking: string[] = [];
      for (const [what, path] of THUMBNAILS) {
        const answer = await session.http.send(`${path(session)}/thumbnail`, { accept: JPEG });
        if (answer.status !== 200) lacking.push(what);
      }
      if (lacking.length === THUMBNAILS.length) notOffered("There is no thumbnail.");
      ensure(lacking.length === 0, `There is none of a ${lacking.join(", ")}.`);
    },
  },
  {
    id: "thumbnail.viewport",
    clause: "8.3.5.2",
    level: "optional",
    rule: "viewport says how large a thumbnail is.",
    async run(session) {
      const { path } = singleFrame(session);
      const answer = await session.http.send(`${path}/thumbnail`, {
        query: { viewport: "8,8" },
        accept: JPEG,
      });
      if (isAbsent(answer)) notOffered(`It is answered with ${answer.status}.`);
      ensureStatus(answer, 200);
      const { width, height } = imageSize(answer.body, JPEG);
      ensure(Math.max(width, height) === 8, `The image is ${width} by ${height}.`);
    },
  },
];

function isAbsent({ status }: Answer): boolean {
  return [400, 404, 405, 406, 501].includes(status);
}
