/**
 * File IDs of a File-set (PS3.10 8.2 and 8.5): components of at most 8 characters out of `A-Z 0-9 _`,
 * since a DICOMDIR can name no other files. What a person looks for is said as far as 8 characters
 * allow: `DICOM/DOE_JOHN/20240102/003_AXIA/IM000001` is the first image of series 3, axial, of the
 * study of that day. Nothing but these characters passes, whatever a data set has, so that no name
 * leads out of the folder or means a device.
 * @module
 */

/** A folder of a File-set. */
export interface FolderName {
  /** What makes it one: the same key under the same parent is the same folder. */
  readonly key: string;
  /** What its name shall say, the first that has a letter or digit; of any length and script. */
  readonly wanted: readonly string[];
}

/** The folder below which all files lie, so that none can have the name of a DICOMDIR. */
export const ROOT_FOLDER = "DICOM";

const MAX_COMPONENT = 8;
/** Characters of a text that are looked at. */
const MAX_READ = 64;

/** What Windows takes for a device, in every folder. */
const DEVICE = /^(?:CON|PRN|AUX|NUL|COM\d|LPT\d)$/;

/** Latin letters that do not fall apart into one of A to Z and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  Æ: "AE",
  Œ: "OE",
  Ø: "O",
  Ł: "L",
  Đ: "D",
  Ð: "D",
  Þ: "TH",
};

interface Folder {
  readonly component: string;
  readonly folders: Map<string, Folder>;
  /** Components taken by folders in it. */
  readonly taken: Set<string>;
  /** How often a name was wanted. */
  readonly counts: Map<string, number>;
  files: number;
}

/** Gives files their places. */
export interface FileIds {
  /**
   * The components of the next file in a folder, which is made where it is not there. `prefix`: two
   * capital letters that say what it is; the number behind them counts the files of its folder.
   */
  next(folders: readonly FolderName[], prefix: string): readonly string[];
}

/** Begins a File-set. */
export function createFileIds(): FileIds {
  const root = folder(ROOT_FOLDER);
  return {
    next(folders, prefix) {
      let parent = root;
      const components = [ROOT_FOLDER];
      for (const { key, wanted } of folders) {
        const found = parent.folders.get(key) ?? addFolder(parent, key, wanted);
        components.push(found.component);
        parent = found;
      }
      return [...components, numbered(prefix, ++parent.files)];
    },
  };
}

/** Letters and digits of a text as one component; "" where it has none of them. */
export function fileIdComponent(text: string): string {
  const upper = text.slice(0, MAX_READ).normalize("NFKD").replace(/\p{M}+/gu, "").toUpperCase();
  const plain = upper.replace(/[ÆŒØŁĐÐÞ]/g, (letter) => LETTERS[letter] ?? "");
  const component = plain.replace(/[^A-Z0-9]+/g, "_").replace(/^_/, "")
    .slice(0, MAX_COMPONENT).replace(/_$/, "");
  return DEVICE.test(component) ? `${component}_` : component;
}

function folder(component: string): Folder {
  return { component, folders: new Map(), taken: new Set(), counts: new Map(), files: 0 };
}

function addFolder(parent: Folder, key: string, wanted: readonly string[]): Folder {
  const name = wanted.map(fileIdComponent).find((component) => component !== "") ?? "OTHER";
  let component = name;
  while (parent.taken.has(component)) {
    const count = (parent.counts.get(name) ?? 1) + 1;
    parent.counts.set(name, count);
    const number = `_${count}`;
    component = name.slice(0, MAX_COMPONENT - number.length) + number;
  }
  parent.taken.add(component);
  const made = folder(component);
  parent.folders.set(key, made);
  return made;
}

/** `IM000001`; a number too long for its prefix stands alone. */
function numbered(prefix: string, number: number): string {
  const digits = String(number).padStart(MAX_COMPONENT - prefix.length, "0");
  return digits.length + prefix.length > MAX_COMPONENT ? digits : prefix + digits;
}
