/**
 * What a bucket holds, page by page: ListObjectsV2 and ListMultipartUploads.
 * @module
 */
import { SaxesParser } from "saxes";
import { isKey, isPlainName } from "./keys.ts";
import { TransientError } from "./s3_errors.ts";
import type { S3Client } from "./s3_request.ts";

/** Elements below one another in an answer, at most; S3's own are four. */
const MAX_DEPTH = 16;

/** Keys of blobs below a prefix, in order. */
export async function* listKeys(client: S3Client, prefix: string): AsyncGenerator<string> {
  for await (const name of names(client, { prefix }, "Contents/Key")) {
    if (isKey(name)) yield name;
  }
}

/** Names of the folders directly below a prefix, in order. */
export async function* listFolders(client: S3Client, prefix: string): AsyncGenerator<string> {
  for await (const name of names(client, { prefix, delimiter: "/" }, "CommonPrefixes/Prefix")) {
    const folder = name.slice(prefix.length, -1);
    if (isPlainName(folder)) yield folder;
  }
}

/** Texts of an element of every page, without the place's own prefix. */
async function* names(
  client: S3Client,
  query: { readonly prefix: string; readonly delimiter?: string },
  element: string,
): AsyncGenerator<string> {
  const own = client.place.prefix;
  const asked = { ...query, prefix: `${own}${query.prefix}` };
  let last = "";
  let token: string | undefined;
  do {
    const page = await readPage(client, {
      ...asked,
      "list-type": "2",
      "encoding-type": "url",
      ...(token === undefined ? {} : { "continuation-token": token }),
    }, "ListBucketResult");
    for (const text of page.texts(element)) {
      const name = page.decode(text);
      // A page that does not go on from the one before would be read for ever.
      if (name <= last || !name.startsWith(asked.prefix)) {
        throw new Error("The object store lists keys out of order");
      }
      last = name;
      yield name.slice(own.length);
    }
    token = page.isTruncated ? page.text("NextContinuationToken") : undefined;
    if (page.isTruncated && token === undefined) {
      throw new Error("The object store broke a list off");
    }
  } while (token !== undefined);
}

/** A multipart upload that was begun and not ended. */
export interface OpenUpload {
  /** Without the place's prefix. */
  readonly key: string;
  readonly id: string;
  readonly begun: Date;
}

/** The uploads of every key below the place's prefix. */
export async function* listUploads(client: S3Client): AsyncGenerator<OpenUpload> {
  const { prefix } = client.place;
  let markers: Record<string, string> | undefined;
  do {
    const page: Page = await readPage(client, {
      uploads: "",
      "encoding-type": "url",
      ...(prefix === "" ? {} : { prefix }),
      ...markers,
    }, "ListMultipartUploadsResult");
    const ids = page.texts("Upload/UploadId");
    const begun = page.texts("Upload/Initiated");
    const keys = page.texts("Upload/Key");
    if (ids.length !== keys.length || begun.length !== keys.length) {
      throw new Error("The object store lists uploads that are incomplete");
    }
    for (const [n, text] of keys.entries()) {
      const name = page.decode(text);
      const key = name.slice(prefix.length);
      // Others' uploads are theirs, whatever a store lists.
      if (name.startsWith(prefix) && isKey(key)) {
        yield { key, id: ids[n]!, begun: new Date(begun[n]!) };
      }
    }
    const key = page.text("NextKeyMarker");
    const id = page.text("NextUploadIdMarker");
    const isOn = page.isTruncated && key !== undefined && id !== undefined;
    const next = isOn ? { "key-marker": page.decode(key), "upload-id-marker": id } : undefined;
    if (next?.["upload-id-marker"] === markers?.["upload-id-marker"]) return;
    markers = next;
  } while (markers !== undefined);
}

/** An answer's texts by their elements below the root, as `Contents/Key`. */
interface Page {
  readonly isTruncated: boolean;
  texts(element: string): readonly string[];
  text(element: string): string | undefined;
  /** A key out of its percent-encoding, where the store says that it encoded. */
  decode(text: string): string;
}

async function readPage(
  client: S3Client,
  query: Readonly<Record<string, string>>,
  root: string,
): Promise<Page> {
  return await client.persist(async ({ deadline }) => {
    const answer = await client.send({ method: "GET", query }, deadline);
    const elements = readElements(await answer.text(), root);
    const texts = (element: string) => elements.get(element) ?? [];
    const isEncoded = texts("EncodingType")[0] === "url";
    return {
      isTruncated: texts("IsTruncated")[0] === "true",
      texts,
      text: (element) => texts(element)[0] || undefined,
      decode: (text) => isEncoded ? decodeURIComponent(text.replaceAll("+", " ")) : text,
    };
  });
}

/** Texts of all elements that hold no others, by their path below the root. */
export function readElements(xml: string, root: string): ReadonlyMap<string, readonly string[]> {
  const parser = new SaxesParser();
  const elements = new Map<string, string[]>();
  const path: string[] = [];
  let text = "";
  parser.on("opentag", ({ name }) => {
    path.push(name);
    text = "";
    if (path.length > MAX_DEPTH) throw new TransientError("An answer's XML is too deep");
  });
  parser.on("text", (piece) => text += piece);
  parser.on("closetag", () => {
    const name = path.slice(1).join("/");
    if (path[0] !== root) throw new TransientError(`An answer is no ${root}`);
    path.pop();
    const texts = elements.get(name);
    if (texts === undefined) elements.set(name, [text]);
    else texts.push(text);
  });
  parser.on("error", (error) => {
    throw new TransientError("An answer is no XML", undefined, { cause: error });
  });
  parser.write(xml).close();
  return elements;
}
