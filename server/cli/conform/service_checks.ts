/**
 * Checks of capabilities (PS3.18 8.9), of HTTP itself, and of deleting, which PS3.18 leaves to
 * extensions.
 * @module
 */
import { parseXml, type XmlNode } from "../../../lib/dicom/xml_tree.ts";
import { ensureStatus, ensureType, JSON_TYPE, OCTETS_TYPE, sameBytes } from "./answers.ts";
import { type Check, ensure, notOffered, unchecked } from "./check.ts";
import { type Answer, textOf } from "./http.ts";
import { newUID } from "./make_sample.ts";
import { scratch } from "./store_checks.ts";
import { filePart, storable, stow } from "./stow.ts";
import { presentIn, type Session, singleFrame } from "./session.ts";

const WADL = "application/vnd.sun.wadl+xml";
/** Elements in elements: resources may lie in each other. */
const WADL_DEPTH = 32;

/** Retrieve Capabilities. */
export const capabilityChecks: readonly Check[] = [
  {
    id: "capabilities.options",
    clause: "10.2, 8.9.3.2, 8.9.4",
    level: "required",
    rule: "OPTIONS of the root is answered with a description in WADL or JSON.",
    async run(session) {
      const answer = await options(session);
      ensure(answer.status === 200, `It is answered with ${answer.status}, not with 200.`);
      ensureType(answer, WADL, "application/json");
      ensure(answer.body.length > 0, "It has no payload.");
    },
  },
  {
    id: "capabilities.resources",
    clause: "8.9.3.2, H",
    level: "required",
    rule: "The description names the studies and the methods that they take.",
    async run(session) {
      const answer = await options(session);
      if (answer.status !== 200) unchecked("There is no description.");
      const text = textOf(answer.body);
      if (answer.mediaType?.essence === WADL) {
        const paths = pathsOf(parseXml(text, WADL_DEPTH));
        ensure(paths.some((path) => path.includes("studies")), "No resource is named studies.");
        ensure(text.includes("GET"), "No method is named.");
      } else ensure(text.includes("studies") && text.includes("GET"), "It names no studies.");
    },
  },
];

/** The base URI with a slash at its end (PS3.18 8.9.1.1), and where that is not known without one. */
async function options(session: Session): Promise<Answer> {
  const ask = { method: "OPTIONS", accept: `${WADL}, application/json; q=0.9` };
  const answer = await session.http.send("/", ask);
  return answer.status === 200 ? answer : await session.http.send(session.http.base, ask);
}

function pathsOf(node: XmlNode): string[] {
  if (node.name === "application" || node.name === "resources" || node.name === "resource") {
    return [node.attributes.get("path") ?? "", ...node.children.flatMap(pathsOf)];
  }
  return [];
}

/** What HTTP offers beside the transactions, and what it asks for. */
export const httpChecks: readonly Check[] = [
  {
    id: "http.head",
    clause: "RFC 9110 9.3.2",
    level: "optional",
    rule: "HEAD is answered as GET is, without a body.",
    async run(session) {
      const path = `${singleFrame(session).path}/metadata`;
      const answer = await session.http.send(path, { method: "HEAD", accept: JSON_TYPE });
      if ([400, 404, 405, 501].includes(answer.status)) {
        notOffered(`It is answered with ${answer.status}.`);
      }
      ensureStatus(answer, 200);
      ensureType(answer, JSON_TYPE);
      ensure(answer.body.length === 0, "It has a body.");
    },
  },
  {
    id: "http.etag",
    clause: "8.5, RFC 9110 13.1.2",
    level: "optional",
    rule: "What has not changed is answered 304 to who has its entity tag.",
    async run(session) {
      const path = `${singleFrame(session).path}/metadata`;
      const first = await session.http.send(path, { accept: JSON_TYPE });
      const etag = first.headers.get("etag");
      if (etag === null) notOffered("There is no ETag.");
      const headers = { "If-None-Match": etag };
      const again = await session.http.send(path, { accept: JSON_TYPE, headers });
      ensureStatus(again, 304);
      ensure(again.body.length === 0, "It has a body.");
    },
  },
  {
    id: "http.range",
    clause: "8.6.1.1, RFC 9110 14",
    level: "optional",
    rule: "A range of a single part is answered 206 with its bytes.",
    async run(session) {
      const { path, pixels } = singleFrame(session);
      const answer = await session.http.send(`${path}/frames/1`, {
        accept: OCTETS_TYPE,
        headers: { Range: "bytes=10-29" },
      });
      if (answer.status !== 206) notOffered(`It is answered with ${answer.status}.`);
      ensure(answer.headers.has("content-range"), "There is no Content-Range.");
      ensure(answer.body.length === 20, `There are ${answer.body.length} bytes, not 20.`);
      if (pixels === undefined) return;
      ensure(sameBytes(answer.body, pixels.subarray(10, 30)), "The bytes are others.");
    },
  },
  {
    id: "http.method",
    clause: "8.5 (table 8.5-1)",
    level: "required",
    rule: "A 405 says in Allow which methods there are.",
    async run(session) {
      const answer = await session.http.send("/studies", {
        method: "PATCH",
        body: new Uint8Array(),
      });
      if (answer.status !== 405) notOffered(`A PATCH is answered with ${answer.status}.`);
      ensure(answer.headers.has("allow"), "There is no Allow.");
    },
  },
  {
    id: "http.unauthorized",
    clause: "8.5 (table 8.5-1)",
    level: "required",
    rule: "A 401 says in WWW-Authenticate what is needed.",
    async run(session) {
      const answer = await session.http.send("/studies", {
        query: { limit: "1" },
        accept: JSON_TYPE,
        anonymous: true,
      });
      if (answer.status !== 401) notOffered(`Without a key it is answered with ${answer.status}.`);
      ensure(answer.headers.has("www-authenticate"), "There is no WWW-Authenticate.");
    },
  },
];

/** Deleting, as many servers have it. */
export const deleteChecks: readonly Check[] = [
  {
    id: "delete.instance",
    clause: "not in PS3.18",
    level: "optional",
    rule: "DELETE of an instance makes it go, and nothing else.",
    async run(session) {
      const [gone, kept] = [scratch(session), scratch(session)];
      const parts = [gone, kept].map((instance) => filePart(session, instance));
      ensureStatus(await stow(session, parts), 200, 202);
      const answer = await session.http.send(gone.path, { method: "DELETE" });
      if (!isDone(answer)) notOffered(`It is answered with ${answer.status}.`);
      ensureStatus(await metadata(session, gone.path), 404, 410);
      ensureStatus(await metadata(session, kept.path), 200);
    },
  },
  {
    id: "delete.study",
    clause: "8.5, 10.4.3.1",
    level: "optional",
    rule: "DELETE of a study makes it go: it is answered 404 or 410 after.",
    async run(session) {
      storable(session);
      const path = `/studies/${session.scratchUID}`;
      const answer = await session.http.send(path, { method: "DELETE" });
      if (!isDone(answer)) notOffered(`It is answered with ${answer.status}.`);
      session.left.delete(session.scratchUID);
      ensureStatus(await metadata(session, path), 404, 410);
    },
  },
  {
    id: "delete.unknown",
    clause: "8.5",
    level: "optional",
    rule: "DELETE of a study that is not there is answered 404 or 410.",
    async run(session) {
      presentIn(session);
      const answer = await session.http.send(`/studies/${newUID()}`, { method: "DELETE" });
      if ([405, 501].includes(answer.status)) notOffered(`It is answered with ${answer.status}.`);
      ensureStatus(answer, 404, 410);
    },
  },
];

function metadata(session: Session, path: string): Promise<Answer> {
  return session.http.send(`${path}/metadata`, { accept: JSON_TYPE });
}

function isDone({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Deletes what a run has stored. Resolves to the studies that stay. */
export async function removeStored(session: Session): Promise<readonly string[]> {
  for (const uid of [...session.left]) {
    const answer = await session.http.send(`/studies/${uid}`, { method: "DELETE" });
    // What was refused is not there.
    if (isDone(answer) || answer.status === 410) session.left.delete(uid);
    else if ((await metadata(session, `/studies/${uid}`)).status === 404) session.left.delete(uid);
  }
  return [...session.left];
}
