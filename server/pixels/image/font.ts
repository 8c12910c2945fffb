/**
 * A small font of dots, drawn for this project: enough to write names and figures on an image.
 * @module
 */

/** Rows of a glyph: 7 above the base line, 2 below it. */
export const GLYPH_ROWS = 9;
/** Rows above a glyph that marks like accents are in. */
export const MARK_ROWS = 3;
/** Dots of a glyph across; one more lies between two. */
export const GLYPH_COLUMNS = 5;

/**
 * Glyphs from the top: each row is a digit of base 32, whose highest bit is the leftmost dot. Rows
 * that are not given are empty.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  " ": "",
  "!": "4444404",
  '"': "AAA",
  "#": "AAVAVAA",
  "$": "4FKE5U4",
  "%": "OP248J3",
  "&": "8KK8LID",
  "'": "444",
  "(": "2488842",
  ")": "8422248",
  "*": "04LEL4",
  "+": "044V44",
  ",": "000000448",
  "-": "000V",
  ".": "000000C",
  "/": "012480G",
  "0": "EHJLPHE",
  "1": "4C4444E",
  "2": "EH1248V",
  "3": "V2421HE",
  "4": "26AIV22",
  "5": "VGU11HE",
  "6": "68GUHHE",
  "7": "V124888",
  "8": "EHHEHHE",
  "9": "EHHF12C",
  ":": "00C00C",
  ";": "00C00448",
  "<": "248G842",
  "=": "00V0V",
  ">": "8421248",
  "?": "EH12404",
  "@": "EH1DLLE",
  A: "EHHVHHH",
  B: "UHHUHHU",
  C: "EHGGGHE",
  D: "SIHHHIS",
  E: "VGGUGGV",
  F: "VGGUGGG",
  G: "EHGNHHF",
  H: "HHHVHHH",
  I: "E44444E",
  J: "72222IC",
  K: "HIKOKIH",
  L: "GGGGGGV",
  M: "HRLLHHH",
  N: "HHPLJHH",
  O: "EHHHHHE",
  P: "UHHUGGG",
  Q: "EHHHLID",
  R: "UHHUKIH",
  S: "FGGE11U",
  T: "V444444",
  U: "HHHHHHE",
  V: "HHHHHA4",
  W: "HHHLLLA",
  X: "HHA4AHH",
  Y: "HHHA444",
  Z: "V1248GV",
  "[": "E88888E",
  "\\": "0G84210",
  "]": "E22222E",
  "^": "4AH",
  "_": "00000000V",
  "`": "842",
  a: "00E1FHF",
  b: "GGMPHHU",
  c: "00EGGHE",
  d: "11DJHHF",
  e: "00EHVGE",
  f: "698S888",
  g: "00FHHHF1E",
  h: "GGMPHHH",
  i: "40C444E",
  j: "2062222IC",
  k: "GGIKOKI",
  l: "C44444E",
  m: "00QLLHH",
  n: "00MPHHH",
  o: "00EHHHE",
  p: "00UHHHUGG",
  q: "00FHHHF11",
  r: "00MPGGG",
  s: "00EGE1U",
  t: "88S8896",
  u: "00HHHJD",
  v: "00HHHA4",
  w: "00HHLLA",
  x: "00HA4AH",
  y: "00HHHHF1E",
  z: "00V248V",
  "{": "2448442",
  "|": "4444444",
  "}": "8442448",
  "~": "0008L2",
  "ı": "00C444E",
  "ß": "CIIKIIKG",
  "Æ": "FKKVKKN",
  "æ": "00U5FKF",
  "Ø": "FHJLPHU",
  "ø": "00FJLPU",
  "Đ": "SIHTHIS",
  "đ": "272EIIE",
  "Ð": "SIHTHIS",
  "ð": "A4A1FHE",
  "Þ": "GUHHUGG",
  "þ": "GGUHHUG",
  "Ł": "88AC88F",
  "ł": "C46C44E",
  "°": "4A4",
  "µ": "00HHHJTGG",
  "±": "44V440V",
  "×": "00A4A",
  "÷": "040V04",
  "·": "000C",
};

/** Marks that follow their letter in decomposed text: three rows above it, or with `,` first two below. */
const MARKS: Readonly<Record<string, string>> = {
  "\u0300": "84",
  "\u0301": "24",
  "\u0302": "4A",
  "\u0303": "DM",
  "\u0304": "0E",
  "\u0306": "HE",
  "\u0307": "04",
  "\u0308": "0A",
  "\u030A": "4A4",
  "\u030B": "9I",
  "\u030C": "A4",
  "\u0327": ",4C",
  "\u0328": ",46",
  "\u0326": ",48",
};

/** Greek and Cyrillic letters by how they are written in Latin ones. */
const LATIN: Readonly<Record<string, string>> = Object.fromEntries(
  [
    [
      "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
      "A B V G D E Zh Z I I K L M N O P R S T U F Kh Ts Ch Sh Shch - Y - E Yu Ya",
    ],
    ["ЂЃЄЅІЈЉЊЋЌЎЏҐ", "Dj G Ye Dz I J Lj Nj C K U Dz G"],
    ["ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "A V G D E Z I Th I K L M N X O P R S T Y F Ch Ps O"],
  ].flatMap(([letters, latin]) =>
    latin!.split(" ").flatMap((word, index): [string, string][] => {
      const letter = [...letters!][index]!;
      const written = word === "-" ? "" : word;
      return [[letter, written], [letter.toLowerCase(), written.toLowerCase()]];
    })
  ),
);

/** One dot pattern: rows from the top of the marks to the bottom of the descenders. */
export type Glyph = readonly number[];

const UNKNOWN = "?";

/**
 * The glyphs of a line of text. Letters with marks are put together, Greek and Cyrillic ones
 * written in Latin, others shown as a question mark.
 */
export function glyphsOf(text: string): Glyph[] {
  const glyphs: number[][] = [];
  // Whole letters first: one with a mark may have a way of its own to be written.
  const letters = [...text.replaceAll("ς", "σ").normalize("NFC")];
  for (const character of letters.flatMap((one) => [...LATIN[one] ?? one.normalize("NFD")])) {
    const mark = MARKS[character];
    const last = glyphs.at(-1);
    if (mark !== undefined || /\p{M}/u.test(character)) {
      if (mark !== undefined && last !== undefined) addMark(last, mark);
      continue;
    }
    for (const letter of writable(character)) glyphs.push(draw(letter));
  }
  return glyphs;
}

/** A character in letters that there are glyphs for, where there is such a way to write it. */
function writable(character: string): string {
  if (Object.hasOwn(GLYPHS, character)) return character;
  return LATIN[character] ?? character.normalize("NFKD");
}

function draw(character: string): number[] {
  const rows = GLYPHS[character] ?? GLYPHS[UNKNOWN]!;
  const glyph = new Array<number>(MARK_ROWS + GLYPH_ROWS).fill(0);
  for (let i = 0; i < rows.length; i++) glyph[MARK_ROWS + i] = parseInt(rows[i]!, 32);
  return glyph;
}

/** Lays a mark on a glyph: two rows over its highest one, or under the base line. */
function addMark(glyph: number[], mark: string): void {
  const isBelow = mark.startsWith(",");
  const rows = isBelow ? mark.slice(1) : mark;
  const top = glyph.findIndex((row) => row !== 0);
  // The dot of an i gives way to what is above it.
  if (!isBelow && glyph[top + 1] === 0) glyph[top] = 0;
  const highest = glyph.findIndex((row) => row !== 0);
  const from = isBelow
    ? MARK_ROWS + 7
    : Math.max(0, highest - rows.length - (rows.length < 3 ? 1 : 0));
  for (let i = 0; i < rows.length; i++) glyph[from + i]! |= parseInt(rows[i]!, 32);
}
