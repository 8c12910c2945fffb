/**
 * The frame header of JPEG and JPEG-LS streams (ISO/IEC 10918-1 B, 14495-1 C), read before anything
 * that decodes sees the stream.
 * @module
 */
import { PixelError } from "../frame.ts";

/** What a stream says of itself. */
export interface JpegHeader {
  /** The marker's second byte: 0xc0 Baseline, 0xc3 lossless, 0xf7 JPEG-LS. */
  readonly process: number;
  readonly precision: number;
  readonly rows: number;
  readonly columns: number;
  readonly components: readonly JpegComponent[];
  /** What the markers say of colour; undefined where they leave it to the reader. */
  readonly colour: "YCbCr" | "RGB" | undefined;
  /** Components of the first scan. */
  readonly scanComponents: number;
  /** JPEG-LS: 0 one component after the other, 1 by lines, 2 by samples. */
  readonly interleave: number;
  /** Where the first scan's header begins. */
  readonly scanOffset: number;
}

/** A component, and how many samples it has beside the others. */
export interface JpegComponent {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
}

const RST0 = 0xd0;
const RST7 = 0xd7;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP14 = 0xee;
/** Frame headers of JPEG-LS. */
export const SOF55 = 0xf7;
/** A frame header of a sequential, progressive or lossless process. */
const isFrameHeader = (marker: number) =>
  marker === SOF55 || marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Reads up to the first scan. Throws PixelError "damaged". */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) {
    throw new PixelError("damaged", "The JPEG stream does not begin as one");
  }
  let frame:
    | Pick<JpegHeader, "process" | "precision" | "rows" | "columns" | "components">
    | undefined;
  let jfif = false;
  let adobe: number | undefined;
  let at = 2;
  for (;;) {
    const { marker, start } = nextMarker(bytes, at);
    // Some streams begin twice.
    if (marker === SOI) {
      at = start;
      continue;
    }
    if (marker === EOI) throw new PixelError("damaged", "The JPEG stream holds no image");
    // Readers differ in how they pass over these, and one of them never does.
    if (marker < 0xc0 || marker >= RST0 && marker <= RST7) {
      throw new PixelError("damaged", "The JPEG stream has a marker where none may be");
    }
    const end = start + uint16(bytes, start);
    if (end > bytes.length || end < start + 2) throw tooShort();
    const body = bytes.subarray(start + 2, end);
    if (marker === APP0 && startsWith(body, "JFIF\0")) jfif = true;
    else if (marker === APP14 && startsWith(body, "Adobe") && body.length >= 12) adobe = body[11];
    else if (isFrameHeader(marker)) {
      if (frame !== undefined) {
        throw new PixelError("damaged", "The JPEG stream has two frame headers");
      }
      frame = frameHeader(marker, body);
    } else if (marker === SOS) {
      if (frame === undefined) {
        throw new PixelError("damaged", "The JPEG stream has no frame header");
      }
      const scanComponents = body[0] ?? 0;
      if (body.length < 2 * scanComponents + 4 || scanComponents === 0) throw tooShort();
      return {
        ...frame,
        colour: colourOf(frame.components, jfif, adobe),
        scanComponents,
        interleave: body[2 * scanComponents + 2]!,
        scanOffset: start - 2,
      };
    }
    at = end;
  }
}

function frameHeader(process: number, body: Uint8Array) {
  const count = body[5] ?? 0;
  if (count === 0 || body.length < 6 + 3 * count) throw tooShort();
  const [precision, rows, columns] = [body[0]!, uint16(body, 1), uint16(body, 3)];
  const components = Array.from({ length: count }, (_, index): JpegComponent => {
    const sampling = body[7 + 3 * index]!;
    return { id: body[6 + 3 * index]!, horizontal: sampling >> 4, vertical: sampling & 15 };
  });
  return { process, precision, rows, columns, components };
}

/** As IJG's library decides, but that unknown component identifiers decide nothing. */
function colourOf(
  components: readonly JpegComponent[],
  jfif: boolean,
  adobe: number | undefined,
): JpegHeader["colour"] {
  if (components.length !== 3) return undefined;
  if (jfif) return "YCbCr";
  if (adobe !== undefined) return adobe === 0 ? "RGB" : "YCbCr";
  const ids = String.fromCharCode(...components.map(({ id }) => id));
  return ids === "RGB" ? "RGB" : undefined;
}

/** The next marker, and where what follows it begins; fill bytes are passed over. */
function nextMarker(bytes: Uint8Array, at: number): { marker: number; start: number } {
  if (bytes[at] !== 0xff) {
    if (at >= bytes.length) throw tooShort();
    throw new PixelError("damaged", "The JPEG stream has no marker where one must be");
  }
  let start = at + 1;
  while (bytes[start] === 0xff) start++;
  const marker = bytes[start];
  if (marker === undefined) throw tooShort();
  return { marker, start: start + 1 };
}

/** True where an end of image marker follows the first scan's header. */
export function hasEnd(bytes: Uint8Array, { scanOffset }: JpegHeader): boolean {
  for (let at = bytes.length - 2; at > scanOffset; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === EOI) return true;
  }
  return false;
}

function startsWith(body: Uint8Array, text: string): boolean {
  return [...text].every((letter, index) => body[index] === letter.charCodeAt(0));
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
}

function tooShort(): PixelError {
  return new PixelError("damaged", "The JPEG stream ends within its header");
}
