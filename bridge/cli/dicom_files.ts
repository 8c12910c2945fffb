/**
 * DICOM files that a person names, ready to be sent.
 * @module
 */
import { readFileHead } from "../../lib/dicom/file_head.ts";
import { fileMetaText, TRANSFER_SYNTAX_UID } from "../../lib/dicom/part10.ts";
import { transferSyntax } from "../../lib/dicom/uids.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { RequestFailed } from "../scu/client.ts";
import type { InstanceToSend } from "../scu/instance_to_send.ts";

/** A file to send. */
export interface DicomFile extends InstanceToSend {
  readonly path: string;
}

/** A file that cannot be sent. */
export interface FileProblem {
  readonly path: string;
  readonly why: string;
}

/** Bytes in which every head is found that is meant well. */
const HEAD_BYTES = 64 * 1024;
/** Bytes of a file that is read in one piece; a longer one is read while it is sent. */
const WHOLE_BYTES = 4 * 1024 * 1024;
/** Bytes of one piece. */
const PIECE_BYTES = 256 * 1024;

/** The files at the paths and, where they are folders, below them, in the order of their names. */
export async function dicomFiles(
  paths: readonly string[],
): Promise<{ readonly files: DicomFile[]; readonly problems: FileProblem[] }> {
  const files: DicomFile[] = [];
  const problems: FileProblem[] = [];
  for (const path of paths) {
    for await (const found of below(path)) {
      try {
        files.push(await dicomFile(found));
      } catch (error) {
        problems.push({ path: found, why: problemOf(error) });
      }
    }
  }
  return { files, problems };
}

async function* below(path: string): AsyncGenerator<string, void, undefined> {
  if (!(await Deno.lstat(path).catch(() => undefined))?.isDirectory) return yield path;
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  for (const name of names.sort()) yield* below(`${path.replace(/\/$/, "")}/${name}`);
}

async function dicomFile(path: string): Promise<DicomFile> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(HEAD_BYTES);
  const head = readFileHead(buffer.subarray(0, await fill(file, buffer)));
  const text = (tag: number) => fileMetaText(head?.fileMeta, tag);
  const transferSyntaxUID = text(TRANSFER_SYNTAX_UID);
  const [SOPClassUID, SOPInstanceUID] = [text(0x00020002), text(0x00020003)];
  if (
    head === undefined || transferSyntaxUID === undefined || SOPClassUID === undefined ||
    SOPInstanceUID === undefined
  ) {
    throw new DecodeError("This is no DICOM file with File Meta Information");
  }
  return {
    path,
    SOPClassUID,
    SOPInstanceUID,
    transferSyntaxes: [transferSyntaxUID],
    async open(accepted) {
      if (!accepted.includes(transferSyntaxUID)) throw notAccepted(transferSyntaxUID);
      const { size } = await Deno.stat(path);
      const dataSet = size <= WHOLE_BYTES
        ? (await Deno.readFile(path)).subarray(head.dataSetOffset)
        : pieces(path, head.dataSetOffset);
      return { transferSyntaxUID, dataSet };
    },
  };
}

/** Opened when the first piece is asked for, so that a file that is not sent stays closed. */
async function* pieces(path: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const length = await file.read(piece);
    if (length === null) return;
    yield piece.subarray(0, length);
  }
}

async function fill(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  for (let filled = 0;;) {
    const length = await file.read(buffer.subarray(filled));
    if (length === null || length === 0) return filled;
    filled += length;
  }
}

function notAccepted(transferSyntaxUID: string): RequestFailed {
  const name = transferSyntax(transferSyntaxUID)?.name ?? transferSyntaxUID;
  return new RequestFailed(`The peer does not accept this class in ${name}`, undefined);
}

function problemOf(error: unknown): string {
  if (error instanceof DecodeError || error instanceof LimitError) return error.message;
  if (error instanceof Deno.errors.NotFound) return "There is no such file";
  if (error instanceof Error && "code" in error) return `It cannot be read (${error.code})`;
  throw error;
}
